"""Messaging platforms: Telegram, Messenger, WhatsApp, Slack."""
