"""A real browser on the demo page of the real server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.support.client import free_port
from tests.support.page import CHROMIUM, CLINIC, DESKTOP, NOT_FOUND, Chat, Open
from tests.support.servers import Server, running
from tests.support.site import Site, running_site


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser these tests are skipped, and the last lines say so; in CI they fail."""
    if not CHROMIUM and not os.environ.get("CI"):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=NOT_FOUND))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not CHROMIUM:
        terminalreporter.write_line(f"THE WIDGET WAS NOT TESTED. {NOT_FOUND}", red=True, bold=True)


expect.set_options(timeout=20_000)  # milliseconds; a busy machine needs more than the usual five seconds


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
def site() -> Iterator[Site]:
    """The clinic's website, whose pages may embed the chat."""
    with running_site() as running:
        yield running


@pytest.fixture(scope="package")
def settings(tmp_path_factory: pytest.TempPathFactory, site: Site) -> dict[str, str]:
    """How the server of these tests is started: with a clinic, and without limits, as all pages come from one address."""
    clinic = tmp_path_factory.mktemp("clinic") / "clinic.yml"
    clinic.write_text(yaml.safe_dump({**CLINIC, "websites": [*CLINIC["websites"], site.address]}))
    # Nothing listens there, so what visitors leave waits in the database.
    mail = {"SMTP_SERVER": "127.0.0.1", "SMTP_PORT": free_port(), "SMTP_FROM": "website@larkspur.example"}
    return {"CLINIC_FILE": str(clinic), "RATE_LIMIT": "off", **mail}


@pytest.fixture(scope="package")
def clinic_server(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("widget") / "conversations.db", **settings) as server:
        yield server


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
