"""Posts callback requests to the clinic's webhook, signed as https://www.standardwebhooks.com says."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import ssl
import time
from datetime import datetime, timezone

import aiohttp

from channels.callbacks.courier import DELIVERY_TIMEOUT, DeliveryError, Notice

SECRET_PREFIX = "whsec_"
MIN_KEY_SIZE, MAX_KEY_SIZE = 24, 64  # bytes


class Webhook:
    """The clinic's webhook."""

    def __init__(self, address: str, secrets: str, trusted: ssl.SSLContext, timeout: float = DELIVERY_TIMEOUT) -> None:
        """Takes CALLBACK_WEBHOOK_SECRET: one secret or several, separated by commas. We sign with each of them.

        Raises:
            ValueError: one is not `whsec_` and 24 to 64 bytes in base64.
        """
        self._address, self._trusted, self._timeout = address, trusted, aiohttp.ClientTimeout(total=timeout)
        self._keys = [_key(secret.strip()) for secret in secrets.split(",")]

    async def deliver(self, notice: Notice) -> None:
        """Posts a notice.

        Raises:
            DeliveryError: the webhook did not answer with a status from 200 to 299.
        """
        moment = time.time()
        body = _body(notice, moment)
        headers = {"Content-Type": "application/json", **self._signed(f"{notice.event}-{notice.reference}", int(moment), body)}
        try:
            # A redirect would carry the request elsewhere.
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.post(self._address, data=body, headers=headers, ssl=self._trusted, allow_redirects=False) as response,
            ):
                status = response.status
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise DeliveryError(type(error).__name__) from None
        if not 200 <= status < 300:
            raise DeliveryError(f"status {status}")

    def _signed(self, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
        content = f"{message_id}.{timestamp}.".encode() + body
        signatures = [base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode() for key in self._keys]
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
        }


def _body(notice: Notice, moment: float) -> bytes:
    sent = datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="seconds")
    data = {"reference": notice.reference, "clinic": notice.clinic, **(notice.form or {})}
    return json.dumps({"type": f"callback.{notice.event}", "timestamp": sent, "data": data}).encode()


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(SECRET_PREFIX) or not MIN_KEY_SIZE <= len(key) <= MAX_KEY_SIZE:
        raise ValueError(f"{SECRET_PREFIX} and {MIN_KEY_SIZE} to {MAX_KEY_SIZE} bytes in base64")
    return key
