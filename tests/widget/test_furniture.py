"""What is around the texts of the chat takes little room, and covers nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.page import PHONE, Chat, Open

QUESTIONS = ("does it hurt?", "what does it cost", "is it FDA approved?", "how many sessions", "can women get it", "side effects")
FIRST_VERSION = 1679  # pixels of furniture around these questions and their answers, in the first version, with today's texts
SCREEN = {**PHONE, "viewport": {"width": 390, "height": 844}, "reduced_motion": "reduce"}
# Pixels from the first question to the end, without the texts of questions and answers. The referral counts as furniture.
FURNITURE = """log => {
  const height = node => node.getBoundingClientRect().height;
  const texts = [...log.querySelectorAll(".visitor > p, .answer > p")];
  const top = log.querySelector(".visitor").getBoundingClientRect().top;
  return log.lastElementChild.getBoundingClientRect().bottom - top - texts.reduce((sum, text) => sum + height(text), 0);
}"""


def test_furniture_takes_at_most_half_of_what_it_took_at_first(visit: Open) -> None:
    chat = visit(**SCREEN).open()
    for question in QUESTIONS:
        chat.say(question)
    assert chat.log.evaluate(FURNITURE) <= FIRST_VERSION / 2


def test_an_answer_to_a_detail_fits_a_screen_with_its_question(visit: Open) -> None:
    chat = visit(**{**SCREEN, "viewport": {"width": 390, "height": 664}}).open()
    chat.say("what does it cost?")
    chat.say("does insurance pay for it?")
    for part in ("visitor", "answer", "referral"):
        expect(chat.last(part)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("en", 360), ("es", 390), ("es", 360)])
def test_sources_follow_ups_and_feedback_are_in_one_line_that_opens(visit: Open, language: str, width: int) -> None:
    def prepare(page: Page) -> None:
        page.add_init_script(
            f"document.addEventListener('DOMContentLoaded', () => (document.documentElement.lang = '{language}'))"
        )

    chat = visit(prepare=prepare, **{**SCREEN, "viewport": {"width": width, "height": 664}}).open()
    chat.say({"en": "does it hurt?", "es": "¿duele?"}[language])
    tools = chat.last("answer").locator(".tools")
    assert tools.evaluate("tools => [...tools.children].map(part => part.className)") == ["sources", "row once", "feedback"]
    assert tools.evaluate("tools => new Set([...tools.children].map(part => part.getBoundingClientRect().top)).size") == 1
    assert tools.bounding_box()["height"] < 30
    follow_ups = tools.locator(".once")
    expect(follow_ups.get_by_role("button")).to_have_count(0)
    follow_ups.locator("summary").click()
    assert follow_ups.get_by_role("button").count() > 1
    first, second = (tools.locator(part).bounding_box() for part in (".sources", ".once"))
    assert first["y"] + first["height"] <= second["y"] + 16, "what is open has the whole width"


def test_who_and_when_is_seen_once_a_minute_and_heard_with_each_message(visit: Open) -> None:
    chat = visit(**SCREEN)
    chat.page.clock.set_fixed_time("2026-11-30T14:07:00")
    chat.open()
    chat.say("does it hurt?")
    chat.say("what does it cost?")
    chat.page.clock.set_fixed_time("2026-11-30T14:08:00")
    chat.say("is it safe?")
    seen = "log => [...log.querySelectorAll('.answer .who')].map(who => who.offsetHeight > 2)"
    assert chat.log.evaluate(seen) == [True, False, True]
    assert chat.log.get_by_role("article", name="Assistant 2:07").count() == 4, "two answers, each with a referral"


def test_the_way_to_the_newest_message_covers_nothing(visit: Open) -> None:
    for viewport in ({"width": 390, "height": 664}, {"width": 844, "height": 390}, {"width": 320, "height": 256}):
        chat = visit(**{**SCREEN, "viewport": viewport}).open()
        chat.say("what are the risks?")
        chat.last("greeting").evaluate("message => message.scrollIntoView()")
        expect(chat.root.locator("#newest")).to_be_visible()
        newest, composer = (chat.root.locator(part).bounding_box() for part in ("#newest", "form"))
        assert newest["y"] >= composer["y"], viewport
        typed = chat.input.bounding_box()
        assert newest["x"] + newest["width"] <= typed["x"], viewport


def test_a_keyboard_on_a_phone_on_its_side_leaves_room_for_the_input_and_the_conversation(visit: Open) -> None:
    def prepare(page: Page) -> None:
        page.add_init_script(
            "window.seen = Object.assign(new EventTarget(), { scale: 1, height: innerHeight, offsetTop: 0 });"
            "Object.defineProperty(window, 'visualViewport', { value: window.seen });"
        )

    def room(chat: Chat) -> tuple[float, float]:
        log, typed = chat.log.bounding_box(), chat.input.bounding_box()
        return log["height"], typed["y"] + typed["height"]

    chat = visit(prepare=prepare, **{**SCREEN, "viewport": {"width": 844, "height": 390}}).open()
    chat.say("does it hurt?")
    closed = room(chat)
    chat.page.evaluate("() => { window.seen.height = 190; window.seen.dispatchEvent(new Event('resize')); }")
    height, bottom = room(chat)
    assert height >= 3 * 24, "two lines of text, and what is around them"
    assert bottom <= 190
    expect(chat.root.locator("footer")).to_be_hidden()
    chat.page.evaluate("() => { window.seen.height = 390; window.seen.dispatchEvent(new Event('resize')); }")
    assert room(chat) == closed
