"""The form for being called back, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.support.page import CLINIC, DOUBLE_CLICK, PHONE, Chat, Open

MIN_TARGET = 44  # CSS pixels
OFFER = "Ask to be called back"


@pytest.fixture
def chat(visit: Open) -> Chat:
    chat = visit(expect_errors=True).open()  # the console names requests that are refused
    chat.say("can I talk to a person")
    return chat


def form(chat: Chat) -> Locator:
    """Opens the form."""
    chat.page.wait_for_timeout(DOUBLE_CLICK)
    chat.button(OFFER).click()
    opened = chat.root.get_by_role("dialog", name="Ask the clinic to call you back")
    expect(opened).to_be_visible()
    return opened


def fill(opened: Locator, **changed: str) -> None:
    values = {"Your name": "Zoë Bell", "Phone number": "212 555 0142", "E-mail": "", **changed}
    for label, value in values.items():
        opened.get_by_label(label).fill(value)
    opened.get_by_label("When is a good time?").select_option("Evening")
    opened.get_by_role("checkbox").check()


def test_a_person_is_reached_by_phone_or_by_the_form(chat: Chat) -> None:
    answer = chat.last("smalltalk")
    expect(answer.get_by_role("link", name="Call the clinic")).to_have_attribute("href", "tel:5550100142")
    loaded = "() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/callback.js'))"
    assert not chat.page.evaluate(loaded), "few visitors need the form, so nobody else loads it"
    opened = form(chat)
    assert chat.page.evaluate(loaded)
    fill(opened)
    opened.get_by_role("button", name="Send to the clinic").click()
    sent = chat.root.get_by_role("dialog", name="The clinic has been asked")
    expect(sent.get_by_role("status")).to_contain_text("Your reference is ")
    expect(sent.get_by_role("status")).to_contain_text("The time you chose: Evening.")
    expect(sent.get_by_role("status")).not_to_contain_text("opening hours")
    assert chat.focused() == "Back to the chat"
    chat.page.keyboard.press("Enter")
    expect(sent).to_be_hidden()
    assert "Bell" not in chat.log.text_content()
    assert "Bell" not in chat.page.evaluate("() => JSON.stringify({...sessionStorage, ...localStorage})")


def test_what_is_wrong_is_said_beside_the_field(chat: Chat) -> None:
    opened = form(chat)
    assert chat.focused() == "callback-name"
    send = opened.get_by_role("button", name="Send to the clinic")
    send.click()
    name, phone, consent = opened.get_by_label("Your name"), opened.get_by_label("Phone number"), opened.get_by_role("checkbox")
    expect(name).to_be_focused()
    for field, words in ((name, "Please enter your name"), (consent, "Only adults")):
        expect(field).to_have_attribute("aria-invalid", "true")
        described = (field.get_attribute("aria-describedby") or "").split()[-1]
        expect(opened.locator(f"#{described}")).to_contain_text(words)
    either = "Please enter a phone number or an e-mail address."
    expect(opened.get_by_text(either)).to_have_count(1)
    for field in (phone, opened.get_by_label("E-mail")):
        expect(field).to_have_attribute("aria-invalid", "false")
        expect(field).to_have_accessible_description(re.compile(re.escape(either)))
    name.fill("Zoë Bell")
    consent.check()
    send.click()
    expect(phone).to_be_focused()
    fill(opened, **{"Phone number": "12"})  # the browser cannot see that this is no number
    send.click()
    expect(phone).to_have_attribute("aria-invalid", "true")
    expect(phone).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "false")
    expect(opened.get_by_text(either)).to_have_count(0)


def test_the_form_by_keyboard_and_on_a_phone(visit: Open) -> None:
    chat = visit(**PHONE).open()
    chat.say("can I talk to a person")
    opened = form(chat)
    for label, purpose in (("Your name", "name"), ("Phone number", "tel"), ("E-mail", "email")):
        expect(opened.get_by_label(label)).to_have_attribute("autocomplete", purpose)
    targets = opened.locator("input:not([type=checkbox]), select, button, label.consent")
    for target in targets.all():
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box
        assert box["height"] >= MIN_TARGET, target.evaluate("element => element.outerHTML")
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["viewport"]["width"]
    visited = [chat.focused()]
    for _ in range(6):
        chat.page.keyboard.press("Tab")
        visited.append(chat.focused())
    assert visited[:4] == ["callback-name", "callback-phone", "callback-email", "callback-when"]
    assert visited[5:] == ["Send to the clinic", "Cancel"]
    chat.page.keyboard.press("Escape")
    expect(opened).to_be_hidden()
    assert chat.focused() == OFFER


def test_if_it_cannot_be_sent_the_form_stays_and_names_the_phone(chat: Chat) -> None:
    chat.page.route("**/callback", lambda route: route.abort())
    opened = form(chat)
    fill(opened)
    opened.get_by_role("button", name="Send to the clinic").click()
    expect(opened.get_by_role("alert")).to_contain_text("couldn't send this")
    expect(opened.get_by_role("link", name="Call the clinic")).to_be_visible()
    expect(opened.get_by_label("Your name")).to_have_value("Zoë Bell")


def test_after_danger_it_is_not_offered(chat: Chat) -> None:
    expect(chat.button(OFFER)).to_be_visible()
    chat.say("my throat is closing up")
    expect(chat.button(OFFER)).to_have_count(0)
    assert CLINIC["callback"]


@pytest.mark.parametrize("said", ["The clinic is open now, until 5 pm.", ""])
def test_the_contact_window_says_whether_the_clinic_is_open(visit: Open, said: str) -> None:
    chat = visit().open()
    chat.page.route("**/hours", lambda route: route.fulfill(json={"open_now": said}))
    with chat.page.expect_response("**/hours*"):
        chat.root.get_by_role("button", name="Contact the clinic").click()
    window = chat.root.locator("#sheet")
    expect(window.get_by_role("link").first).to_be_visible()
    expect(window.get_by_role("status")).to_have_text(said)
    expect(window).to_contain_text(f"Hours: {CLINIC['hours']}")
