"""Telegram, Messenger, WhatsApp and Slack."""
