"""Calls to a platform's API, with a time limit and a few attempts; the platform itself says when to try again."""

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
MAX_RETRY_PAUSE = 60.0  # seconds; if a platform asks for more, we give up
MAX_RESPONSE_SIZE = 64 * 1024  # bytes
SENT = "sent"


@dataclass(frozen=True)
class Call:
    """One POST to a platform's API, with a JSON body or a form."""

    url: str
    json: Any = None
    form: Mapping[str, str] | None = None


class Api(Protocol):
    """How a platform's API answers."""

    def accepts(self, status: int, answer: Any) -> bool:
        """Whether the answer to a call, with its decoded JSON body or None, means that the call was carried out."""

    def retry_after(self, status: int, headers: Mapping[str, str], answer: Any) -> float | None:
        """Returns the seconds after which we may try a refused call again; None when that is no use."""


class Outbound:
    """The client of one platform's API. Its log lines hold no text, no recipient and no address, which may carry a key."""

    def __init__(self, name: str, api: Api, headers: Mapping[str, str] = {}, auth: aiohttp.BasicAuth | None = None) -> None:
        """Sets up the client; `open` makes it ready.

        Args:
            name: the platform's name, for the log.
            api: how its API answers.
            headers: sent with every call.
            auth: the login, where the API has one.
        """
        self._name, self._api, self._headers, self._auth = name, api, headers, auth
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Makes the client ready. Call it on the event loop that will send."""
        self._session = aiohttp.ClientSession(headers=self._headers, auth=self._auth, cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        """Closes the connections."""
        if self._session:
            await self._session.close()

    async def send(self, call: Call) -> bool:
        """Sends `call`, and tries again where that makes sense; returns whether the platform accepted it."""
        for attempt in range(MAX_ATTEMPTS):
            outcome, pause = await self._attempt(call, CALL_TIMEOUT)
            if pause is None:
                break
            logger.warning("%s: attempt %d to send: %s", self._name, attempt + 1, outcome)
            pause = max(pause, FIRST_PAUSE * 2**attempt)
            if attempt + 1 == MAX_ATTEMPTS or pause > MAX_RETRY_PAUSE:
                break
            await asyncio.sleep(pause)
        if outcome != SENT:
            logger.error("%s: a message could not be sent: %s", self._name, outcome)
        return outcome == SENT

    async def send_once(self, call: Call) -> None:
        """Sends `call` once and briefly, such as "typing": nothing depends on it."""
        outcome, _ = await self._attempt(call, SEND_ONCE_TIMEOUT)
        if outcome != SENT:
            logger.info("%s: a call that nothing depends on could not be sent: %s", self._name, outcome)

    async def _attempt(self, call: Call, timeout: float) -> tuple[str, float | None]:
        """Returns the outcome in a word, and the seconds until another attempt; None when there should be none."""
        assert self._session, "the client is opened when the server starts"
        client_timeout = aiohttp.ClientTimeout(total=timeout)
        try:
            # A redirect would carry our key elsewhere.
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
            return type(error).__name__, None  # the call itself cannot be written


async def _decoded(response: aiohttp.ClientResponse) -> Any:
    """Returns the JSON in an answer; None when there is none, or the answer is too large."""
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
    """Returns the value of a Retry-After header or field in seconds; 0 when it cannot be read."""
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return 0.0
