"""Messages go out one at a time, each reply stands under its question, and nothing that is written gets lost on the way."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.support.client import Client
from tests.support.page import Chat, Open

LINES = """log => [...log.querySelectorAll('.visitor, .answer, .failure')].map(
  line => line.querySelector('.visitor > p')?.textContent || [...line.classList].at(-1))"""


def write(chat: Chat, *texts: str) -> None:
    for text in texts:
        chat.input.fill(text)
        chat.input.press("Enter")


def lines(chat: Chat) -> list[str]:
    """Returns what visitors said, and the kinds of what came between."""
    return chat.log.evaluate(LINES)


def kept(chat: Chat) -> dict[str, object]:
    return chat.page.evaluate("JSON.parse(sessionStorage['exosome-chat'] || '{}')")


def stored(chat: Chat, server: Client) -> list[str]:
    history = server.call("GET", "history", Authorization=f"Bearer {kept(chat)['current']}")[2]
    return [line["text"] for line in history if line["from"] == "visitor"]


QUESTIONS = ["does it hurt?", "what does it cost?", "is it safe?"]


def test_messages_arrive_in_order_and_each_reply_stands_under_its_question(visit: Open, clinic_server: Client) -> None:
    chat = visit().open()
    held: list[Route] = []
    chat.page.route("**/webhook", lambda route: route.continue_() if held else held.append(route))
    write(chat, *QUESTIONS)
    chat.page.wait_for_timeout(500)
    assert lines(chat) == QUESTIONS
    held[0].continue_()
    chat.quiet()
    assert lines(chat) == [line for question in QUESTIONS for line in (question, "answer")]
    assert stored(chat, clinic_server) == QUESTIONS
    assert chat.log.locator(".once").count() == 1, "one set of buttons"
    assert chat.last("answer").locator(".once").count() == 1


def test_what_was_written_offline_goes_out_in_order(visit: Open, clinic_server: Client) -> None:
    chat = visit(expect_errors=True).open()
    chat.say("hello")
    chat.page.context.set_offline(True)
    write(chat, *QUESTIONS)
    expect(chat.log.locator(".failure")).to_have_count(1)
    chat.page.context.set_offline(False)
    expect(chat.log.locator(".answer")).to_have_count(3)
    chat.quiet()
    assert stored(chat, clinic_server) == ["hello", *QUESTIONS]
    assert lines(chat)[1:] == [line for question in QUESTIONS for line in (question, "answer")]


def test_several_answers_can_be_reached_from_the_top(visit: Open) -> None:
    chat = visit().open()
    chat.say("does it hurt, and what does it cost?")
    contents = chat.log.locator(".contents")
    expect(contents).to_contain_text("2 answers:")
    title = contents.get_by_role("button").last.text_content()
    contents.get_by_role("button").last.click()
    expect(chat.last("answer")).to_be_focused()
    expect(chat.last("answer").locator(".heading")).to_have_text(f"{title}\n")
    expect(chat.last("answer").locator(".heading")).to_be_in_viewport()
    assert chat.log.locator(".once").count() == 1, "one set of buttons"


def test_what_could_not_be_sent_and_the_draft_are_on_the_next_page(visit: Open, clinic_server: Client) -> None:
    chat = visit(expect_errors=True).open()
    chat.say("hello")
    chat.page.route("**/webhook", lambda route: route.abort())
    write(chat, *QUESTIONS[:2])
    expect(chat.log.locator(".failure")).to_have_count(1)
    chat.input.fill("half a")
    chat.page.unroute("**/webhook")
    chat.page.goto(f"{chat.page.url}?next")
    expect(chat.panel).to_be_visible()
    assert chat.page.evaluate("document.activeElement === document.body"), "the page keeps the focus"
    expect(chat.log.locator(".answer")).to_have_count(2)
    chat.quiet()
    assert lines(chat)[-4:] == [QUESTIONS[0], "answer", QUESTIONS[1], "answer"]
    assert stored(chat, clinic_server) == ["hello", *QUESTIONS[:2]]
    assert chat.input.input_value() == "half a"
    assert kept(chat).keys() == {"open", "current", "draft", "written"}


def test_a_message_whose_answer_was_lost_is_shown_once_on_the_next_page(visit: Open, clinic_server: Client) -> None:
    chat = visit(expect_errors=True).open()
    chat.page.route("**/webhook", lambda route: (route.fetch(), route.abort()), times=1)
    write(chat, "does it hurt?")
    expect(chat.log.locator(".failure")).to_have_count(1)
    chat.page.reload()
    expect(chat.log.locator(".answer")).to_have_count(1)
    chat.page.wait_for_timeout(500)
    assert lines(chat) == ["does it hurt?", "answer"]
    assert stored(chat, clinic_server) == ["does it hurt?"]


def test_deleting_leaves_nothing_of_what_was_written(visit: Open) -> None:
    chat = visit(expect_errors=True).open()
    chat.say("hello")
    chat.page.route("**/webhook", lambda route: route.abort())
    write(chat, "does it hurt?")
    expect(chat.log.locator(".failure")).to_have_count(1)
    chat.input.fill("half a")
    chat.root.get_by_role("button", name="Delete my chat").click()
    chat.root.locator("#sheet").get_by_role("button", name="Delete my chat").click()
    expect(chat.log).to_contain_text("Your chat is deleted")
    assert (kept(chat), chat.input.input_value(), lines(chat)) == ({}, "", [])


def test_old_words_are_not_kept(visit: Open) -> None:
    chat = visit().open()
    chat.input.fill("half a")
    chat.page.evaluate(
        "() => { const visit = JSON.parse(sessionStorage['exosome-chat']);"
        " sessionStorage['exosome-chat'] = JSON.stringify({ ...visit, written: Date.now() - 31 * 60 * 1000 }); }"
    )
    chat.page.reload()
    assert chat.open().input.input_value() == ""
    assert "draft" not in kept(chat)


def test_a_reply_leaves_a_reader_where_he_is(visit: Open) -> None:
    chat = visit(reduced_motion="reduce").open()
    for question in QUESTIONS:
        chat.say(question)
    held: list[Route] = []
    chat.page.route("**/webhook", lambda route: held.append(route))
    write(chat, "what are exosomes?")
    chat.log.hover()
    chat.page.mouse.wheel(0, -5000)
    chat.page.wait_for_function("() => document.querySelector('exosome-chat').shadowRoot.querySelector('#log').scrollTop == 0")
    held[0].continue_()
    chat.quiet()
    assert chat.log.evaluate("log => log.scrollTop") == 0
