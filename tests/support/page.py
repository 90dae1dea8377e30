"""Uses the widget on a page in a real browser, like a visitor would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from commands import picture
from tests.support.client import Client

CHROMIUM = picture.find_chromium()
NOT_FOUND = "Could not find Chromium. On Debian: apt-get install chromium-headless-shell"
CLINIC_SITE = "http://clinic.localhost"  # another origin, which is on the clinic's list
CLINIC = {**picture.CLINIC, "websites": [CLINIC_SITE], "privacy_notice": "https://larkspur.example/privacy"}
CLINIC["callback"] = "desk@larkspur.example"
DOUBLE_CLICK = 300  # milliseconds; the widget ignores a second press within this time
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}
EMERGENCY = "In an emergency, call 911."


class Chat:
    """The widget on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("exosome-chat")
        self.launcher = self.root.locator("#launcher")
        self.panel = self.root.locator("#panel")
        self.log = self.root.get_by_role("log")
        self.input = self.root.locator("#input")
        self.messages = self.log.locator(".message")

    def open(self) -> Chat:
        """Opens the panel, unless it still is from the last page, and waits until it is ready."""
        self.launcher.wait_for(state="attached")
        if not self.panel.is_visible():
            self.launcher.click()
        self.quiet()
        return self

    def quiet(self) -> None:
        """Waits until no reply is pending."""
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
        """Presses a button in the conversation, and waits for the reply."""
        self.page.wait_for_timeout(DOUBLE_CLICK)
        self.button(name).click()
        self.quiet()

    def button(self, name: str) -> Locator:
        """Returns the newest button called `name`."""
        return self.root.get_by_role("button", name=name, exact=True).last

    def choose(self, *names: str) -> None:
        """Ticks several answers to the open question, and presses "Continue"."""
        for name in names:
            self.root.get_by_role("checkbox", name=name, exact=True).check()
        self.press("Continue")

    def last(self, kind: str) -> Locator:
        """Returns the newest message of a kind."""
        return self.log.locator(f".message.{kind}").last

    def take_check(self) -> None:
        """Takes the check with the mouse, up to the result."""
        self.say("am i a candidate?")
        self.press("Yes, start")
        self.say("34")
        self.choose("Cancer in the past", "Allergy to a medicine")
        self.press("Pattern (runs in families)")
        self.press("Early, hardly seen")
        self.choose("Minoxidil")
        self.press("It did not help")
        self.press("Yes, that's right")

    def keep(self) -> None:
        """Opens the ways to keep the result."""
        self.button("Keep my result").click()
        self.button("Print my consultation summary").wait_for()

    def focused(self) -> str:
        """Returns the focused element's id, name or text."""
        return self.page.evaluate(
            "() => { let element = document.activeElement;"
            " while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;"
            " return element.id || element.closest('label')?.textContent || element.textContent || element.tagName; }"
        )


Open = Callable[..., Chat]


def embed(visit: Open, server: Client, policy: str = "", body: str = "", **options: Any) -> Chat:
    """Opens a page on the clinic's own site that embeds the chat with the script line."""
    line = f'<script src="{server.address}/widget.js" defer></script>'
    page = f'<!doctype html><html lang="en"><title>Clinic</title><main><h1>Clinic</h1>{body}</main>{line}</html>'

    def prepare(tab: Page) -> None:
        headers = {"Content-Type": "text/html", **({"Content-Security-Policy": policy} if policy else {})}
        tab.route(f"{CLINIC_SITE}/", lambda route: route.fulfill(headers=headers, body=page))

    return visit(f"{CLINIC_SITE}/", prepare=prepare, **options)


def in_language(language: str) -> Callable[[Route], None]:
    """Answers a request for a page with the same page in another language."""

    def answer(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=response.text().replace('lang="en"', f'lang="{language}"'))

    return answer


def fails_safely(chat: Chat, sentence: str) -> None:
    """Checks that a failure says what happened, keeps the message, and shows the emergency number and the clinic's."""
    failure = chat.log.locator(".failure")
    expect(failure).to_have_count(1)
    expect(failure).to_contain_text(sentence)
    expect(failure).to_contain_text(EMERGENCY)
    expect(failure.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    expect(failure.get_by_role("link", name="Call the clinic")).to_have_attribute("href", "tel:5550100142")
