"""A short visit in Firefox and WebKitGTK. Everything else is tested in Chromium."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest

from tests.support.browsers import (
    BLOCK_ALL_STORAGE,
    FIREFOX,
    IS_QUIET,
    NO_FIREFOX,
    NO_WEBKIT,
    WEBKIT_DRIVER,
    BrowserPage,
    firefox_page,
    webkit_page,
)
from tests.support.servers import Server

CALL_911 = "root.querySelector('.message a[href=\"tel:911\"]')"
Start = Callable[[], AbstractAsyncContextManager[BrowserPage]]


def browser(name: str, start: Start, found: str | None, hint: str) -> object:
    """A browser to test in. One that is missing is skipped, but not in CI."""
    return pytest.param(start, id=name, marks=pytest.mark.skipif(not found and not os.environ.get("CI"), reason=hint))


def run(visit: Coroutine[object, object, None]) -> None:
    """Runs a visit in a thread of its own: in this one, Playwright's loop may be running for other tests."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, visit).result()


@pytest.mark.parametrize(
    "start",
    [
        browser("firefox", partial(firefox_page, {}), FIREFOX, NO_FIREFOX),
        browser("firefox, all storage blocked", partial(firefox_page, BLOCK_ALL_STORAGE), FIREFOX, NO_FIREFOX),
        browser("webkit", webkit_page, WEBKIT_DRIVER, NO_WEBKIT),
    ],
)
def test_a_question_the_check_and_danger(clinic_server: Server, start: Start) -> None:
    async def visit() -> None:
        async with start() as page:
            await page.go_to(f"{clinic_server.address}/demo")
            await page.click("#launcher")
            await page.find(IS_QUIET)
            await page.say("does it hurt?")
            assert "numb" in await page.text()
            await page.say("am i a candidate?")
            await page.click(".message.question .choices button:first-child")
            await page.find("[...root.querySelectorAll('.message.question')].pop().textContent.includes('How old are you?')")
            await page.say("my throat is closing")
            await page.find(CALL_911)
            assert page.problems == []

    run(visit())


@pytest.mark.skipif(not FIREFOX and not os.environ.get("CI"), reason=NO_FIREFOX)
def test_a_reload_keeps_the_conversation(clinic_server: Server) -> None:
    async def visit() -> None:
        async with firefox_page({}) as page:
            address = f"{clinic_server.address}/demo"
            await page.go_to(address)
            await page.click("#launcher")
            await page.find(IS_QUIET)
            await page.say("my throat is closing")
            await page.go_to(address)
            await page.find(CALL_911)

    run(visit())
