"""Calls to a platform's API, with a timeout and a few retries. The platform tells us when to retry."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 3
CALL_TIMEOUT = 10.0  # seconds for one attempt
SEND_ONCE_TIMEOUT = 2.0  # seconds for "typing" and the like
FIRST_PAUSE = 0.5  # seconds; doubled each time, unless the platform asks for more
MAX_RETRY_PAUSE = 60.0  # seconds; we give up if a platform asks for more
MAX_RESPONSE_SIZE = 64 * 1024  # bytes
SENT = "sent"


@dataclass(frozen=True)
class Call:
    """One POST to a platform's API, with a JSON body or a form."""

    url: str
    json: Any = None
    form: Mapping[str, str] | None = None


class Api(Protocol):
    """How to interpret a platform's responses."""

    def accepts(self, status: int, answer: Any) -> bool:
        """Whether the answer to a call, with its decoded JSON body or None, means that the call was carried out."""

    def retry_after(self, status: int, headers: Mapping[str, str], answer: Any) -> float | None:
        """Returns the seconds until we may retry a refused call; None if retrying is pointless."""


class Outbound:
    """The client of one platform's API. It never logs texts, recipients or URLs; a URL may contain a key."""

    def __init__(self, name: str, api: Api, headers: Mapping[str, str] = {}, auth: aiohttp.BasicAuth | None = None) -> None:
        """Sets up the client. Call `open` before you use it.

        Args:
            name: the platform's name, for the log.
            api: how to interpret the platform's responses.
            headers: sent with every call.
            auth: the login, if the API needs one.
        """
        self._name, self._api, self._headers, self._auth = name, api, headers, auth
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Opens the client. Call it on the event loop that will send."""
        self._session = aiohttp.ClientSession(headers=self._headers, auth=self._auth, cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        """Closes the connections."""
        if self._session:
            await self._session.close()

    async def send(self, call: Call) -> bool:
        """Sends `call`, with retries where they make sense. Returns whether the platform accepted it."""
        for attempt in range(MAX_ATTEMPTS):
            outcome, pause = await self._attempt(call, CALL_TIMEOUT)
            if pause is None:
                break
            logger.warning("%s: attempt %d to send a message failed: %s", self._name, attempt + 1, outcome)
            pause = max(pause, FIRST_PAUSE * 2**attempt)
            if attempt + 1 == MAX_ATTEMPTS or pause > MAX_RETRY_PAUSE:
                break
            await asyncio.sleep(pause)
        if outcome != SENT:
            logger.error("%s: could not send a message: %s", self._name, outcome)
        return outcome == SENT

    async def send_once(self, call: Call) -> None:
        """Sends an unimportant call such as "typing", once and with a short timeout."""
        outcome, _ = await self._attempt(call, SEND_ONCE_TIMEOUT)
        if outcome != SENT:
            logger.info("%s: could not send an unimportant call: %s", self._name, outcome)

    async def _attempt(self, call: Call, timeout: float) -> tuple[str, float | None]:
        """Returns the outcome in a word, and the seconds until the next attempt; None if we should not retry."""
        assert self._session, "call open() first"
        client_timeout = aiohttp.ClientTimeout(total=timeout)
        try:
            # A redirect would send our key elsewhere.
            async with self._session.post(
                call.url, json=call.json, data=call.form, timeout=client_timeout, allow_redirects=False
            ) as response:
                answer = await _decoded(response)
                if self._api.accepts(response.status, answer):
                    return SENT, None
                return f"status {response.status}", self._api.retry_after(response.status, response.headers, answer)
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            return type(error).__name__, 0.0
        except (ValueError, TypeError) as error:
            return type(error).__name__, None  # the call itself cannot be encoded


async def _decoded(response: aiohttp.ClientResponse) -> Any:
    """Returns the JSON in a response; None if there is none or the response is too large."""
    body = bytearray()
    async for part in response.content.iter_chunked(MAX_RESPONSE_SIZE):
        body += part
        if len(body) > MAX_RESPONSE_SIZE:
            return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def seconds(value: Any) -> float:
    """Returns a Retry-After header or field in seconds; 0 if it cannot be parsed."""
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return 0.0
