"""A page with the chat in Debian's Firefox and in WebKitGTK, which is Safari's engine.

Playwright drives only builds of these that it downloads itself. Firefox speaks WebDriver BiDi; WebKit has a driver that
speaks WebDriver.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from tests.support.client import free_port

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
WEBKIT_DRIVER = shutil.which("WebKitWebDriver") if shutil.which("Xvfb") else None
MINI_BROWSER = next(map(str, Path("/usr/lib").glob("*/webkit2gtk-*/MiniBrowser")), "")
NO_FIREFOX = "Could not find Firefox. On Debian: apt-get install firefox-esr"
NO_WEBKIT = "Could not find WebKitGTK. On Debian: apt-get install webkit2gtk-driver xvfb"
BLOCK_ALL_STORAGE = {"network.cookie.cookieBehavior": 2}
TIMEOUT = 60.0  # seconds
ENTER = "\ue007"
PROBLEMS = ("error", "warn")
# The widget is in a shadow root, which no selector of a page reaches.
IN_WIDGET = "(document.querySelector('exosome-chat')?.shadowRoot)"
# Scrolls to an element, and says where its middle is, once nothing covers it and it has stopped moving.
MIDDLE_ONCE_ON_TOP = """(root, found) => {
  if (!found) return;
  found.scrollIntoView({ block: "nearest", behavior: "instant" });
  const { x, y, width, height } = found.getBoundingClientRect();
  const middle = [Math.round(x + width / 2), Math.round(y + height / 2)];
  const still = String(middle) === found.placed;
  found.placed = String(middle);
  return still && found.contains(root.elementFromPoint(...middle)) && JSON.stringify(middle);
}"""
IS_QUIET = "!root.getElementById('typing').textContent && root.querySelector('.greeting')"

T = TypeVar("T")


class BrowserPage:
    """A page, and the chat on it, used with mouse and keyboard.

    Attributes:
        problems: what the console and the scripts reported, if the browser tells.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []

    async def go_to(self, address: str) -> None:
        raise NotImplementedError

    async def _evaluate(self, expression: str) -> Any:
        raise NotImplementedError

    async def _act(self, source: dict[str, Any]) -> None:
        raise NotImplementedError

    async def find(self, expression: str) -> Any:
        """Waits until a JavaScript expression about the widget's root, called `root`, is true, and returns its value."""
        until = time.monotonic() + TIMEOUT
        while time.monotonic() < until:
            value = await self._evaluate(f"(root => root && ({expression}))({IN_WIDGET})")
            if value:
                return value
            await asyncio.sleep(0.1)
        raise TimeoutError(f"{expression} did not become true. The chat says: {await self.text()}")

    async def text(self) -> str:
        """Returns all that the conversation says."""
        return await self._evaluate(f"{IN_WIDGET}?.querySelector('[role=log]')?.innerText || ''")

    async def click(self, selector: str) -> None:
        """Clicks the newest element of the widget that a CSS selector finds."""
        at = f"[...root.querySelectorAll({json.dumps(selector)})].filter(found => found.checkVisibility()).pop()"
        x, y = json.loads(await self.find(f"({MIDDLE_ONCE_ON_TOP})(root, {at})"))
        moves = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        await self._act({"type": "pointer", "id": "mouse", "actions": moves})

    async def say(self, text: str) -> None:
        """Types and sends `text`, and waits for the reply."""
        await self.click("#input")
        keys = [{"type": kind, "value": key} for key in f"{text}{ENTER}" for kind in ("keyDown", "keyUp")]
        await self._act({"type": "key", "id": "keyboard", "actions": keys})
        await self.find(f"[...root.querySelectorAll('.message.visitor')].pop()?.textContent.includes({json.dumps(text)})")
        await self.find(IS_QUIET)


class FirefoxPage(BrowserPage):
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__()
        self._socket, self._numbers, self._context = socket, itertools.count(), ""

    async def start(self) -> None:
        await self._command("session.new", capabilities={})
        await self._command("session.subscribe", events=["log.entryAdded"])
        tree = await self._command("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]

    async def go_to(self, address: str) -> None:
        await self._command("browsingContext.navigate", context=self._context, url=address, wait="complete")

    async def _evaluate(self, expression: str) -> Any:
        target = {"context": self._context}
        answer = await self._command("script.evaluate", expression=expression, target=target, awaitPromise=True)
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    async def _act(self, source: dict[str, Any]) -> None:
        await self._command("input.performActions", context=self._context, actions=[source])

    async def _command(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json(timeout=TIMEOUT)
            if message.get("id") == number:
                assert message["type"] == "success", message
                return message["result"]
            self._note(message)

    def _note(self, event: Mapping[str, Any]) -> None:
        entry = event.get("params", {})
        if event.get("method") == "log.entryAdded" and entry.get("level") in PROBLEMS:
            self.problems.append(entry["text"])


class WebKitPage(BrowserPage):
    def __init__(self, client: aiohttp.ClientSession) -> None:
        super().__init__()
        self._client, self._session = client, ""

    async def start(self) -> None:
        options = {"webkitgtk:browserOptions": {"binary": MINI_BROWSER, "args": ["--automation"]}}
        session = await self._command("", capabilities={"alwaysMatch": options})
        self._session = f"/{session['sessionId']}"

    async def stop(self) -> None:
        """Ends the browser, which its driver would leave running."""
        async with self._client.delete(f"/session{self._session}"):
            pass

    async def go_to(self, address: str) -> None:
        await self._command("/url", url=address)

    async def _evaluate(self, expression: str) -> Any:
        return await self._command("/execute/sync", script=f"return {expression}", args=[])

    async def _act(self, source: dict[str, Any]) -> None:
        await self._command("/actions", actions=[source])

    async def _command(self, path: str, **params: Any) -> Any:
        async with self._client.post(f"/session{self._session}{path}", json=params) as answer:
            body = await answer.json()
            assert answer.status == 200, body
            return body["value"]


@contextmanager
def _running(*command: str, **options: Any) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _screen() -> Iterator[str]:
    """A screen that nobody sees. Gives its name."""
    reader, writer = os.pipe()
    with _running("Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-nolisten", "tcp", pass_fds=[writer]):
        os.close(writer)
        with open(reader) as number:
            yield f":{number.readline().strip()}"


async def _until_it_listens(attempt: Callable[[], Awaitable[T]]) -> T:
    until = time.monotonic() + TIMEOUT
    while True:
        try:
            return await attempt()
        except aiohttp.ClientConnectionError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.2)


@asynccontextmanager
async def firefox_page(preferences: Mapping[str, Any]) -> AsyncIterator[BrowserPage]:
    """Starts Firefox with an empty profile, and gives a blank page of it."""
    port = free_port()
    address = f"ws://127.0.0.1:{port}/session"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
        Path(profile, "user.js").write_text("\n".join(lines))
        with _running(str(FIREFOX), "--headless", "--profile", profile, "--remote-debugging-port", port):
            async with aiohttp.ClientSession() as client:
                page = FirefoxPage(await _until_it_listens(lambda: client.ws_connect(address, max_msg_size=0)))
                await page.start()
                yield page


@asynccontextmanager
async def webkit_page() -> AsyncIterator[BrowserPage]:
    """Starts WebKitGTK's own small browser, and gives a blank page of it."""
    port = free_port()
    with (
        _screen() as screen,
        _running(
            str(WEBKIT_DRIVER), f"--port={port}", "--host=127.0.0.1", env={**os.environ, "DISPLAY": screen, "GDK_BACKEND": "x11"}
        ),
    ):
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
            page = WebKitPage(client)
            await _until_it_listens(page.start)
            yield page
            await page.stop()
