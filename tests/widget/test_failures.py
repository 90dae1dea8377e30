"""Nothing is lost: slow answers, errors, no network, refused sessions, a server that restarts, a double click."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.support.client import free_port
from tests.support.page import CLINIC, PHONE, Open, fails_safely
from tests.support.servers import Server, running

EMERGENCY = "In an emergency, call 911."


def test_echo_and_typing_sign_come_at_once(visit: Open) -> None:
    chat = visit().open()
    chat.page.route("**/webhook", lambda route: None)  # no answer at all
    chat.input.fill("does it hurt?")
    shown = chat.root.evaluate(
        "root => { const part = selector => root.shadowRoot.querySelector(selector); part('form').requestSubmit();"
        " return [part('.visitor p').textContent, part('#typing').textContent, part('#input').value]; }"
    )
    assert shown == ["does it hurt?", "The assistant is writing", ""], "before the browser does anything else"


def test_after_15_seconds_without_an_answer_it_can_be_tried_again_and_is_answered_once(
    visit: Open, clinic_server: Server
) -> None:
    chat = visit().open()
    keys: list[str] = []

    def answer_lost(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.fetch()  # the server gets the message, but its answer never arrives

    chat.page.clock.install()
    chat.page.route("**/webhook", answer_lost)
    chat.input.fill("does it hurt?")
    chat.input.press("Enter")
    while not keys:
        chat.page.wait_for_timeout(50)
    chat.page.clock.run_for(14_000)
    assert chat.log.locator(".failure").count() == 0
    chat.page.clock.run_for(2_000)
    fails_safely(chat, "No answer yet. We kept your message.")
    chat.page.unroute("**/webhook")
    with chat.page.expect_request("**/webhook") as sent:
        chat.press("Try again")
    assert sent.value.headers["idempotency-key"] == keys[0]
    expect(chat.last("answer")).to_be_visible()
    assert chat.log.locator(".failure").count() == 0
    assert chat.log.locator(".visitor").count() == 1
    token = sent.value.headers["authorization"]
    lines = clinic_server.call("GET", "history", Authorization=token)[2]
    assert [line["from"] for line in lines].count("visitor") == 1


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"status": 500, "body": "<h1>Internal Server Error</h1>", "content_type": "text/html"}, "can't be reached right now"),
        ({"status": 502, "body": ""}, "can't be reached right now"),
        ({"status": 200, "body": "not json"}, "can't be reached right now"),
        (
            {"status": 503, "json": {"error": "not_ready", "message": "The assistant is starting.", "emergency": EMERGENCY}},
            "The assistant is starting.",
        ),
    ],
    ids=["500", "502", "not json", "starting"],
)
def test_server_errors_are_sentences_and_the_message_can_be_sent_again(
    visit: Open, answer: dict[str, Any], sentence: str
) -> None:
    chat = visit(expect_errors=True).open()
    chat.page.route("**/webhook", lambda route: route.fulfill(**answer))
    chat.say("does it hurt?")
    fails_safely(chat, sentence)
    chat.page.unroute("**/webhook")
    chat.press("Try again")
    expect(chat.last("answer")).to_be_visible()
    assert chat.log.locator(".failure").count() == 0


def test_every_request_that_can_fail_has_its_sentence(visit: Open) -> None:
    chat = visit(expect_errors=True)
    chat.page.route("**/history", lambda route: route.abort())
    chat.page.route("**/session", lambda route: route.abort())
    chat.open().say("does it hurt?")
    fails_safely(chat, "can't be reached right now")
    chat.page.unroute("**/session")
    chat.press("Try again")
    expect(chat.last("answer")).to_be_visible()
    chat.page.route("**/feedback", lambda route: route.abort())
    chat.last("answer").get_by_role("button", name="Yes").click()
    expect(chat.last("answer")).to_contain_text("We couldn't save that.")
    chat.page.unroute("**/feedback")
    chat.last("answer").get_by_role("button", name="Yes").click()
    expect(chat.last("answer")).to_contain_text("Thank you")
    chat.page.route("**/contact.js", lambda route: route.abort())
    chat.root.get_by_role("button", name="Contact the clinic").click()
    fails_safely(chat, "This can't be shown right now.")
    chat.page.unroute("**/contact.js")
    chat.press("Try again")
    chat.root.locator("#sheet").get_by_role("button", name="Back to the chat").click()
    chat.page.route("**/session", lambda route: route.abort())
    chat.root.get_by_role("button", name="Delete my chat").click()
    chat.root.locator("#sheet").get_by_role("button", name="Delete my chat").click()
    fails_safely(chat, "couldn't delete")
    chat.page.unroute("**/session")
    chat.press("Try again")
    expect(chat.log).to_contain_text("Your chat is deleted")

    chat.say("is it safe?")
    chat.page.reload()
    chat.open()
    fails_safely(chat, "The earlier conversation can't be shown right now.")
    chat.page.unroute("**/history")
    chat.press("Try again")
    expect(chat.log.locator(".visitor p")).to_have_text(["is it safe?"])


def test_offline_keeps_what_is_written_and_sends_it_afterwards(visit: Open) -> None:
    chat = visit(expect_errors=True, **PHONE).open()
    chat.say("what are exosomes?")
    chat.page.context.set_offline(True)
    expect(chat.root.locator("#offline")).to_contain_text("You're offline")
    chat.say("does it hurt?")
    fails_safely(chat, "can't be reached right now")
    chat.input.fill("and what does it")
    chat.page.context.set_offline(False)
    expect(chat.log.locator(".answer")).to_have_count(2)
    expect(chat.root.locator("#offline")).to_have_text("")
    assert chat.log.locator(".failure").count() == 0
    assert chat.input.input_value() == "and what does it"


def test_typed_text_survives_closing_the_panel(visit: Open) -> None:
    chat = visit().open()
    chat.input.fill("a half written")
    chat.page.keyboard.press("Escape")
    chat.open()
    assert chat.input.input_value() == "a half written"


def test_a_double_click_sends_once(visit: Open) -> None:
    chat = visit().open()
    sent: list[str] = []
    chat.page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/webhook") else None)
    chat.input.fill("am i a candidate?")
    chat.root.locator("#send").dblclick()
    chat.quiet()
    chat.button("Yes, start").dblclick()
    chat.quiet()
    assert chat.log.locator(".visitor").count() == 2
    assert len(sent) == 2


@pytest.mark.parametrize("viewport", [(360, 640), (390, 844), (1280, 800)], ids=str)
def test_a_double_tap_or_enter_twice_deletes_nothing(visit: Open, viewport: tuple[int, int]) -> None:
    width, height = viewport
    chat = visit(viewport={"width": width, "height": height}).open()
    deletions: list[str] = []
    chat.page.on("request", lambda request: deletions.append(request.url) if request.method == "DELETE" else None)
    chat.say("does it hurt?")
    remove, sheet = chat.root.locator("footer").get_by_role("button", name="Delete my chat"), chat.root.locator("#sheet")
    box = remove.bounding_box()
    for gap in (60, 350):
        for part in (0.1, 0.3, 0.5):
            at = box["x"] + box["width"] / 2, box["y"] + box["height"] * part
            chat.page.mouse.click(*at)
            chat.page.wait_for_timeout(gap)
            chat.page.mouse.click(*at)  # counted as a new click, as on phones
            if sheet.is_visible():
                chat.page.keyboard.press("Escape")
            expect(sheet).to_be_hidden()
    remove.focus()
    chat.page.keyboard.press("Enter")
    expect(sheet.get_by_role("button", name="Cancel")).to_be_focused()
    expect(sheet.get_by_role("button", name="Delete my chat")).to_be_enabled()
    chat.page.keyboard.press("Enter")
    expect(sheet).to_be_hidden()
    expect(chat.log).to_contain_text("does it hurt?")
    assert deletions == []


def test_a_question_that_could_not_be_shown_does_not_open_later_by_itself(visit: Open) -> None:
    chat = visit(expect_errors=True).open()
    chat.page.context.set_offline(True)
    chat.root.locator("footer").get_by_role("button", name="Delete my chat").click()
    fails_safely(chat, "This can't be shown right now.")
    chat.say("does it hurt?")
    chat.page.context.set_offline(False)
    expect(chat.last("answer")).to_be_visible()  # this one was sent by itself
    chat.page.wait_for_timeout(500)
    expect(chat.root.locator("#sheet")).to_be_hidden()
    chat.press("Try again")
    expect(chat.root.locator("#sheet").get_by_role("button", name="Cancel")).to_be_focused()
    assert chat.log.locator(".failure").count() == 0


def test_a_refused_session_is_renewed_and_the_message_sent_again(visit: Open) -> None:
    chat = visit(expect_errors=True).open()
    chat.say("am i a candidate?")
    chat.page.evaluate("sessionStorage.setItem('exosome-chat', JSON.stringify({ earlier: [], current: 'expired.token.x' }))")
    chat.page.reload()
    chat.open().say("does it hurt?")
    expect(chat.last("answer")).to_be_visible()
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        refused.append(route.request.post_data)
        route.fulfill(status=401, json={"error": "session", "message": "Unknown.", "emergency": EMERGENCY})

    chat.page.route("**/webhook", refuse_once, times=1)
    chat.last("answer").get_by_text("More questions").click()
    chat.press("Tell me more")
    assert "/ask_more_detail" in refused[0]
    assert chat.log.locator(".failure").count() == 0
    assert chat.log.locator(".visitor p").last.text_content() == "Tell me more"
    expect(chat.last("referral")).to_be_visible()


def test_too_fast_waits_and_goes_on_by_itself(visit: Open) -> None:
    chat = visit(expect_errors=True).open()
    waits: list[str] = []

    def slow_down(route: Route) -> None:
        waits.append(route.request.headers["idempotency-key"])
        if len(waits) < 3:
            route.fulfill(
                status=429,
                headers={"Retry-After": "1"},
                json={"error": "too_fast", "message": "Too fast.", "emergency": EMERGENCY},
            )
        else:
            route.continue_()

    chat.page.route("**/webhook", slow_down)
    chat.say("does it hurt?")
    expect(chat.last("answer")).to_be_visible()
    assert len(set(waits)) == 1


def test_a_reply_to_a_conversation_that_was_left_is_not_shown(visit: Open) -> None:
    chat = visit().open()
    held: list[Route] = []
    chat.page.route("**/webhook", lambda route: held.append(route))
    chat.input.fill("does it hurt?")
    chat.input.press("Enter")
    chat.root.get_by_role("button", name="Start over").click()
    chat.root.locator("#sheet").get_by_role("button", name="Start over").click()
    held[0].continue_()
    chat.quiet()
    assert chat.log.locator(".visitor, .answer").count() == 0


def test_what_was_deleted_is_not_sent_afterwards(visit: Open) -> None:
    chat = visit(expect_errors=True).open()
    chat.say("is it safe?")
    sent: list[str] = []

    def too_fast(route: Route) -> None:
        sent.append(route.request.post_data)
        route.fulfill(status=429, headers={"Retry-After": "4"}, json={"error": "too_fast", "message": "Too fast."})

    chat.page.route("**/webhook", too_fast)
    chat.input.fill("does it hurt?")
    with chat.page.expect_response("**/webhook"):
        chat.input.press("Enter")
    chat.root.get_by_role("button", name="Delete my chat").click()
    chat.root.locator("#sheet").get_by_role("button", name="Delete my chat").click()
    expect(chat.log).to_contain_text("Your chat is deleted")
    chat.page.wait_for_timeout(4500)
    assert len(sent) == 1
    assert chat.page.evaluate("sessionStorage.length") == 0


def test_what_is_on_its_way_is_deleted_too(visit: Open, clinic_server: Server) -> None:
    chat = visit().open()
    held: list[Route] = []
    chat.page.route("**/session", lambda route: held.append(route) if not held else route.continue_())
    chat.input.fill("does it hurt?")
    chat.input.press("Enter")
    chat.root.get_by_role("button", name="Delete my chat").click()
    chat.root.locator("#sheet").get_by_role("button", name="Delete my chat").click()
    with chat.page.expect_request(lambda request: request.method == "DELETE"):
        held[0].continue_()
    expect(chat.log).to_contain_text("Your chat is deleted")
    assert chat.page.evaluate("sessionStorage.length") == 0


def test_the_time_for_a_new_session_counts_into_the_15_seconds(visit: Open) -> None:
    chat = visit(expect_errors=True).open()
    chat.page.clock.install()
    held: list[Route] = []
    chat.page.route("**/session", lambda route: held.append(route))
    chat.page.route("**/webhook", lambda route: held.append(route))
    chat.input.fill("does it hurt?")
    with chat.page.expect_request("**/session"):
        chat.input.press("Enter")
    chat.page.clock.run_for(10_000)
    with chat.page.expect_request("**/webhook"):
        held[0].continue_()
    chat.page.clock.run_for(6_000)
    fails_safely(chat, "No answer yet. We kept your message.")


def test_a_restarted_server_gives_a_sentence_and_then_goes_on(visit: Open, settings: dict[str, str], tmp_path: Path) -> None:
    same = {**settings, "PORT": free_port(), "SESSION_SECRET": secrets.token_hex(32)}
    with running(tmp_path / "conversations.db", **same) as server:
        chat = visit(f"{server.address}/demo", expect_errors=True).open()
        chat.say("am i a candidate?")
        chat.press("Yes, start")
    chat.say("34")
    fails_safely(chat, "The assistant can't be reached right now. We kept your message.")
    with running(tmp_path / "conversations.db", **same):
        chat.press("Try again")
        expect(chat.last("question")).to_contain_text("Question 2 of at most 6")
        chat.page.reload()
        chat.open()
        expect(chat.log.locator(".visitor")).to_have_count(3)


def test_without_javascript_or_with_the_server_down_the_clinics_number_shows(
    visit: Open, browser: Any, clinic_server: Server
) -> None:
    for options, prepare in (
        ({"java_script_enabled": False}, lambda page: None),
        ({}, lambda page: page.route("**/widget.js", lambda route: route.abort())),
        ({}, lambda page: page.route("**/config", lambda route: route.fulfill(status=503))),
    ):
        with browser.new_context(**options) as context:
            page = context.new_page()
            prepare(page)
            page.goto(f"{clinic_server.address}/demo")
            page.wait_for_timeout(500)
            expect(page.locator("exosome-chat").get_by_role("link")).to_have_attribute("href", "tel:+15550100142")
            expect(page.locator("exosome-chat")).to_be_in_viewport(ratio=1)
    assert CLINIC["phone"] == "(555) 010-0142"


def test_without_the_script_of_its_card_a_result_is_shown_as_text(visit: Open) -> None:
    chat = visit(expect_errors=True).open()
    chat.page.route("**/result.js", lambda route: route.abort())
    chat.take_check()
    card = chat.root.locator(".card")
    expect(card).to_contain_text("Five questions for your visit")
    assert not card.get_by_role("heading").count()
    chat.say("actually i am 36")
    expect(chat.log).to_contain_text("The earlier result is no longer shown")
