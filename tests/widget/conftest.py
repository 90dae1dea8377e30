"""A real browser on the demo page of the real server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from tests.conftest import Server, running

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None)
NOT_FOUND = "No Chromium was found; on Debian: apt-get install chromium"
CLINIC_SITE = "http://clinic.localhost"  # another origin, on the clinic's list
CLINIC = {
    "name": "Larkspur Dermatology",
    "phone": "(555) 010-0142",
    "booking_link": "https://larkspur.example/visit",
    "hours": "Monday to Friday, 9 to 5",
    "color": "#1f5a4c",
    "websites": [CLINIC_SITE],
}
DOUBLE_CLICK = 300  # milliseconds; faster than that is no second press
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser these tests are skipped, and the last lines say so; in CI they fail."""
    if not CHROMIUM and not os.environ.get("CI"):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=NOT_FOUND))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not CHROMIUM:
        terminalreporter.write_line(f"THE WIDGET WAS NOT TESTED. {NOT_FOUND}", red=True, bold=True)


@pytest.fixture(scope="package")
def launch() -> Iterator[Callable[..., Browser]]:
    """Starts browsers."""
    assert CHROMIUM, NOT_FOUND
    # The clinic's own site is answered by the test, so it counts as a public one, which may not reach loopback.
    common = ["--disable-features=LocalNetworkAccessChecks"]
    with sync_playwright() as playwright:
        yield lambda *more: playwright.chromium.launch(executable_path=CHROMIUM, args=[*common, *more])


@pytest.fixture(scope="package")
def browser(launch: Callable[..., Browser]) -> Browser:
    return launch()


@pytest.fixture(scope="package")
def browser_with_large_text(launch: Callable[..., Browser]) -> Browser:
    """A browser whose user has set text to twice the usual size."""
    return launch("--blink-settings=defaultFontSize=32")


@pytest.fixture(scope="package")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """How the server of these tests is started: with a clinic, and without limits, as all pages come from one address."""
    clinic = tmp_path_factory.mktemp("clinic") / "clinic.yml"
    clinic.write_text(yaml.safe_dump(CLINIC))
    return {"CLINIC_FILE": str(clinic), "RATE_LIMIT": "off"}


@pytest.fixture(scope="package")
def clinic_server(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("widget") / "conversations.db", **settings) as server:
        yield server


class Chat:
    """The widget on a page, used as a visitor would."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("exosome-chat")
        self.launcher = self.root.locator("#launcher")
        self.panel = self.root.locator("#panel")
        self.log = self.root.get_by_role("log")
        self.input = self.root.get_by_role("textbox", name="Your message")
        self.messages = self.log.locator(".message")

    def open(self) -> Chat:
        """Opens the panel and waits until it is ready."""
        self.launcher.click()
        self.quiet()
        return self

    def quiet(self) -> None:
        """Waits until nothing is on its way."""
        self.page.wait_for_function(
            "() => { const root = document.querySelector('exosome-chat').shadowRoot;"
            " return root.querySelector('.greeting') && !root.getElementById('typing').textContent; }"
        )

    def say(self, text: str) -> None:
        """Types and sends `text`, and waits for the reply."""
        self.input.fill(text)
        self.input.press("Enter")
        self.quiet()

    def press(self, name: str) -> None:
        """Presses a button of the conversation, and waits for the reply."""
        self.page.wait_for_timeout(DOUBLE_CLICK)
        self.button(name).click()
        self.quiet()

    def button(self, name: str) -> Locator:
        """Returns the newest button called `name`."""
        return self.root.get_by_role("button", name=name, exact=True).last

    def choose(self, *names: str) -> None:
        """Ticks several answers of the open question and goes on."""
        for name in names:
            self.root.get_by_role("checkbox", name=name, exact=True).check()
        self.press("Continue")

    def last(self, kind: str) -> Locator:
        """Returns the newest message of a kind."""
        return self.log.locator(f".message.{kind}").last

    def take_check(self) -> None:
        """Goes through the check by mouse, to a result."""
        self.say("am i a candidate?")
        self.press("Yes, start")
        self.say("34")
        self.choose("Cancer in the past", "Allergy to a medicine")
        self.press("Pattern (runs in families)")
        self.press("Early, hardly seen")
        self.choose("Minoxidil")
        self.press("It did not help")

    def focused(self) -> str:
        """Returns what has the focus: its id, name or text."""
        return self.page.evaluate(
            "() => { let one = document.activeElement; while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;"
            " return one.id || one.closest('label')?.textContent || one.textContent || one.tagName; }"
        )


Open = Callable[..., Chat]


@pytest.fixture
def visit(browser: Browser, clinic_server: Server, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens the demo page in a fresh browser profile, and fails on any error that the page's console shows."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(
        address: str = "", expect_errors: bool = False, prepare: Any = None, large_text: bool = False, **options: Any
    ) -> Chat:
        chosen = request.getfixturevalue("browser_with_large_text") if large_text else browser
        context = chosen.new_context(**{**DESKTOP, **options})
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        if not expect_errors:
            page.on("console", lambda line: errors.append(line.text) if line.type in ("error", "warning") else None)
        if prepare:
            prepare(page)
        page.goto(address or f"{clinic_server.address}/demo")
        chat = Chat(page)
        chat.launcher.wait_for(state="visible")
        return chat

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
