"""The messaging platforms: Telegram, Messenger, WhatsApp and Slack."""
