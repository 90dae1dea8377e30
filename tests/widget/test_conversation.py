"""The widget as a visitor uses it: questions, the check, danger, print, reload, a second tab, starting over, deletion."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from components.dialogue.texts import fixed_text
from tests.support.page import CLINIC, DOUBLE_CLICK, PHONE, Chat, Open, in_language
from tests.support.servers import Server

LOOK = """hidden => {  // Somebody turns to another tab, or back.
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
HOLD_PRINT = "window.print = () => {}"  # the summary stays until something is printed


def tokens(chat: Chat) -> str:
    return chat.page.evaluate("() => JSON.stringify({...sessionStorage, ...localStorage, cookie: document.cookie})")


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def stored(server: Server, table: str) -> int:
    with sqlite3.connect(server.database) as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_the_greeting_names_the_clinic_and_says_what_it_is(visit: Open) -> None:
    chat = visit().open()
    expect(chat.panel.get_by_role("heading", name=CLINIC["name"])).to_be_visible()
    expect(chat.panel).to_contain_text("not a clinician")
    expect(chat.log).to_contain_text(f"the automated assistant of {CLINIC['name']}")
    expect(chat.panel.get_by_role("link", name="911").first).to_have_attribute("href", "tel:911")
    assert chat.panel.evaluate("panel => getComputedStyle(panel.querySelector('header')).backgroundColor") == "rgb(31, 90, 76)"


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_suggestion_of_the_greeting_is_understood(visit: Open, language: str) -> None:
    def prepare(page: Page) -> None:
        page.route("**/demo", in_language(language))

    chat = visit(prepare=prepare).open()
    names = chat.log.get_by_role("button").all_text_contents()
    assert len(names) >= 4
    for name in names:
        fresh = visit(prepare=prepare).open()
        fresh.press(name)
        assert fresh.log.locator(".answer, .question").count() == 1, name


def test_an_answer_with_sources_referral_follow_ups_and_feedback(visit: Open, clinic_server: Server) -> None:
    chat = visit().open()
    chat.say("what are exosomes?")
    answer = chat.last("answer")
    expect(answer).to_contain_text("As of November 2026")
    source = answer.get_by_role("link").first
    expect(source).to_be_hidden()
    answer.get_by_text(re.compile("Sources")).click()
    expect(source).to_be_visible()
    assert source.get_attribute("href").startswith("https://")
    assert source.get_attribute("rel") == "noopener noreferrer"
    expect(chat.last("referral").get_by_role("link", name="Book a visit")).to_have_attribute("href", CLINIC["booking_link"])

    before = stored(clinic_server, "feedback")
    answer.get_by_role("button", name="Yes").dblclick()
    expect(answer).to_contain_text("Thank you")
    assert stored(clinic_server, "feedback") == before + 1

    with chat.page.expect_response("**/pressed") as counted:
        chat.last("referral").get_by_role("link", name="Book a visit").dispatch_event("click")
    assert counted.value.json() == {"counted": True}

    answer.get_by_text("More questions").click()
    chat.press("Tell me more")
    expect(chat.last("visitor")).to_contain_text("Tell me more")
    assert chat.log.locator(".answer").count() == 2
    assert not answer.get_by_role("button", name="Tell me more").count(), "what was pressed cannot be pressed again"


def test_the_check_with_progress_several_answers_and_a_result(visit: Open) -> None:
    chat = visit().open()
    chat.say("am i a candidate?")
    chat.press("Yes, start")
    expect(chat.last("question")).to_contain_text("Question 1 of at most 6")
    chat.press("Why do you ask?")
    expect(chat.last("answer")).to_contain_text("adults only")
    assert not chat.last("answer").get_by_role("group", name="Was this helpful?").count(), "an explanation is no topic"
    chat.say("34")
    expect(chat.last("question")).to_contain_text("Question 2 of at most 6")
    chat.press("Go back")
    expect(chat.last("question")).to_contain_text("How old are you?")
    chat.say("35")
    boxes = chat.last("question")
    box = {name: boxes.get_by_role("checkbox", name=name, exact=True) for name in ("Allergy to a medicine", "None of these")}
    expect(chat.button("Continue")).to_be_disabled()
    box["Allergy to a medicine"].check()
    box["None of these"].check()
    expect(box["Allergy to a medicine"]).not_to_be_checked()
    box["Allergy to a medicine"].check()
    expect(box["None of these"]).not_to_be_checked()
    chat.choose("Cancer in the past")
    expect(chat.last("visitor")).to_contain_text("Cancer in the past; Allergy to a medicine")
    chat.press("Pattern (runs in families)")
    chat.press("Early, hardly seen")
    chat.choose("Minoxidil", "PRP")
    expect(chat.last("question")).to_contain_text("Question 6 of at most 6")
    chat.press("It did not help")
    expect(chat.last("question")).to_contain_text("Age: 35")
    chat.press("Yes, that's right")
    card = chat.root.locator(".card")
    expect(card).to_contain_text("a dermatologist should look at the scalp first")
    expect(card.get_by_role("list").first.get_by_role("listitem")).to_have_count(5)
    number = card.locator("sup a").first
    assert number.evaluate("link => link.firstChild.data") == "1"
    assert number.get_attribute("href") == card.locator(".sources a").first.get_attribute("href")

    chat.say("actually i am 36")
    expect(chat.root.locator(".card")).to_have_count(1)
    expect(chat.log).to_contain_text("The earlier result is no longer shown")


def test_the_summary_prints_alone_and_leaves_the_page_as_it_was(visit: Open) -> None:
    chat = visit().open()
    chat.take_check()
    chat.keep()
    chat.page.evaluate(HOLD_PRINT)
    chat.button("Print my consultation summary").click()
    chat.page.emulate_media(media="print")
    shown = (
        "() => [...document.body.children].filter(node => getComputedStyle(node).display !== 'none').map(node => node.localName)"
    )
    assert chat.page.evaluate(shown) == ["exosome-summary"]
    summary = chat.page.locator("exosome-summary main")
    for words in ("My consultation summary", CLINIC["phone"], "Age", "34", "Cancer in the past; Allergy to a medicine", "Why",
                  "Five questions for your visit", "isn't a diagnosis", "board-certified dermatologist", "call 911"):  # fmt: skip
        expect(summary).to_contain_text(words)
    expect(summary.locator("footer li").first).to_contain_text("https://")
    chat.page.emulate_media(media="null")
    expect(summary).to_be_hidden()
    assert pages(chat.page.pdf(format="A4")) == 1
    assert chat.page.locator("exosome-summary").count() == 0
    assert chat.page.title() == "Larkspur Dermatology: hair and scalp care"
    assert "exosome-chat" in chat.page.evaluate(shown)


def test_the_longest_summary_fits_one_page_too(visit: Open) -> None:
    chat = visit().open()
    chat.say("am i a candidate? my hair fell out suddenly, in patches, and it burns")
    chat.press("Yes, start")
    chat.press("Rather not say")
    chat.choose("Cancer in the past", "Blood thinner or bleeding problem", "Low iron, vitamins or protein", "Another illness",
                "Allergy to a medicine")  # fmt: skip
    chat.press("Scarring alopecia")
    chat.press("Smooth and bald for years")
    chat.choose("Minoxidil", "Finasteride", "PRP", "Something else")
    chat.press("Not sure")
    chat.press("Yes, that's right")
    chat.keep()
    chat.page.evaluate(HOLD_PRINT)
    for paper in ("Letter", "A4"):
        chat.button("Print my consultation summary").click()
        assert pages(chat.page.pdf(format=paper)) == 1, paper


def test_danger_is_unmistakable_with_numbers_to_tap(visit: Open) -> None:
    chat = visit(**PHONE).open()
    chat.take_check()
    chat.say("my throat is closing up")
    emergency = chat.last("emergency")
    expect(emergency.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    expect(emergency).to_be_in_viewport(ratio=1)
    assert chat.root.locator(".card").count() == 0
    assert chat.log.get_by_role("link", name="Book a visit").last.evaluate(
        "(link, danger) => !!(link.compareDocumentPosition(danger) & Node.DOCUMENT_POSITION_FOLLOWING)",
        emergency.element_handle(),
    ), "nothing is sold after it"
    chat.page.set_viewport_size({"width": 320, "height": 568})
    chat.say("i cannot breathe")
    expect(chat.last("emergency").get_by_role("link", name="Call 911")).to_be_in_viewport(ratio=1)
    chat.say("i want to kill myself")
    expect(chat.last("crisis").get_by_role("link", name="Call 988")).to_be_in_viewport(ratio=1)
    names = chat.last("crisis").get_by_role("link").all_text_contents()
    assert names[:2] == ["Call 988", "Call 911"]


def test_a_report_of_abuse_has_its_own_hotline_to_tap_and_a_doubtful_alarm_a_way_back(visit: Open) -> None:
    metadata = {"kind": "crisis", "danger": "report", "topic": "report_abuse", "sources": []}
    button = {"title": "That is not happening now", "payload": '/deny{"danger_kind": "false_alarm"}'}
    reply = {"recipient_id": "x", "text": "Call.\nYou deserve to be safe.", "buttons": [button], "metadata": metadata}
    chat = visit(prepare=lambda page: page.route("**/webhook", lambda route: route.fulfill(json=[reply]))).open()
    chat.say("a message")
    names = chat.last("crisis").get_by_role("link").all_text_contents()
    assert names[:2] == ["Call 1-800-799-7233", "Call 911"]
    chat.press("That is not happening now")
    expect(chat.last("visitor")).to_contain_text("That is not happening now")


def test_a_reload_and_another_page_keep_the_conversation_from_the_server(visit: Open, clinic_server: Server) -> None:
    chat = visit().open()
    chat.say("what does it cost? <b>µ</b> 🙂")
    chat.say("am i a candidate?")
    chat.press("Yes, start")
    chat.say("34")
    chat.choose("Cancer in the past", "Allergy to a medicine")
    said = chat.log.locator(".visitor p").all_text_contents()
    assert said[-1] == "Cancer in the past; Allergy to a medicine"
    for address in (chat.page.url, f"{clinic_server.address}/demo?another=page"):
        chat.page.goto(address)
        expect(chat.launcher).to_have_text("Continue the chat")
        chat.open()
        expect(chat.log.locator(".visitor")).to_have_count(len(said))
        assert chat.log.locator(".visitor p").all_text_contents() == said
        assert chat.button("Scarring alopecia").is_visible(), "the open question can be answered"
    storage = tokens(chat)
    assert "cost" not in storage
    assert re.fullmatch(r'\{"exosome-chat":"\{\\"open\\":true,\\"current\\":\\"[\w.-]+\\"\}","cookie":""\}', storage), storage
    chat.press("Scarring alopecia")
    expect(chat.last("question")).to_contain_text("Question 4 of at most 6")


def test_what_the_history_brings_back_says_when_it_was_said(visit: Open) -> None:
    chat = visit(timezone_id="America/New_York").open()
    chat.say("does it hurt?")
    helpful = chat.last("answer").get_by_role("group", name="Was this helpful?")
    expect(helpful).to_be_visible()

    def history(route: Route) -> None:
        lines = route.fetch().json()
        assert all(abs(time.time() - datetime.fromisoformat(line["time"]).timestamp()) < 60 for line in lines)
        route.fulfill(json=[{**line, "time": "2026-11-30T14:07:00+00:00"} for line in lines])

    chat.page.route("**/history", history)
    chat.page.reload()
    chat.open()
    expect(chat.log.locator(".earlier .visitor .who")).to_have_text(re.compile("You 9:07.AM$"))
    expect(chat.log.locator(".earlier .answer .who")).to_have_text(re.compile("9:07.AM$"))
    expect(helpful).to_have_count(0)


def test_a_second_tab_gets_the_conversation_from_the_first(visit: Open) -> None:
    first = visit().open()
    first.say("does it hurt?")
    page = first.page.context.new_page()
    page.goto(first.page.url)
    second = Chat(page).open()
    expect(second.log).to_contain_text("does it hurt?")
    second.root.get_by_role("button", name="Delete my chat").click()
    second.root.locator("#sheet").get_by_role("button", name="Delete my chat").click()
    expect(second.log).to_contain_text("Your chat is deleted")
    expect(first.log).to_contain_text("Your chat is deleted")
    expect(first.log).not_to_contain_text("does it hurt?")


def test_what_one_tab_says_is_in_the_other_when_somebody_looks_and_follow_ups_are_about_it(visit: Open) -> None:
    first = visit().open()
    first.say("does it hurt?")
    page = first.page.context.new_page()
    page.goto(first.page.url)
    second = Chat(page).open()
    expect(second.last("answer")).to_be_visible()
    first.page.evaluate(LOOK, True)
    second.say("what does it cost?")
    first.page.wait_for_timeout(500)
    expect(first.log.locator(".answer")).to_have_count(1)
    first.page.evaluate(LOOK, False)
    expect(first.log.locator(".answer")).to_have_count(2)
    expect(first.last("visitor")).to_contain_text("what does it cost?")
    first.say("is it safe?")
    expect(second.log.locator(".answer")).to_have_count(3)  # both may be in view
    second.last("answer").get_by_text("More questions").click()
    second.press("Tell me more")
    shown = "log => [...log.querySelectorAll('.visitor > p')].map(line => line.textContent)"
    expect(first.log.locator(".visitor")).to_have_count(4)
    assert first.log.evaluate(shown) == second.log.evaluate(shown)
    assert first.log.evaluate(shown)[-1] == "Tell me more"


def test_a_tab_without_a_conversation_shows_that_of_another_but_not_one_that_it_left(visit: Open) -> None:
    first = visit().open()
    page = first.page.context.new_page()
    page.goto(first.page.url)
    second = Chat(page).open()
    first.say("does it hurt?")
    expect(second.last("answer")).to_be_visible()
    second.root.get_by_role("button", name="Start over").click()
    second.root.locator("#sheet").get_by_role("button", name="Start over").click()
    first.say("what does it cost?")
    page.wait_for_timeout(500)
    expect(second.log.locator(".answer")).to_have_count(0)


def test_what_was_left_does_not_come_back_from_another_tab(visit: Open) -> None:
    first = visit().open()
    first.say("does it hurt?")
    page = first.page.context.new_page()
    page.goto(first.page.url)
    second = Chat(page).open()
    expect(second.log).to_contain_text("does it hurt?")
    second.root.get_by_role("button", name="Start over").click()
    second.root.locator("#sheet").get_by_role("button", name="Start over").click()
    page.reload()
    second.open()
    page.wait_for_timeout(500)
    expect(second.log).not_to_contain_text("does it hurt?")


def test_starting_over_and_deleting_everything_of_the_visit(visit: Open, clinic_server: Server) -> None:
    before = stored(clinic_server, "events")
    chat = visit().open()
    chat.say("does it hurt?")
    chat.root.get_by_role("button", name="Start over").click()
    chat.root.locator("#sheet").get_by_role("button", name="Cancel").click()
    expect(chat.root.locator("#sheet")).to_be_hidden()
    expect(chat.log).to_contain_text("does it hurt?")
    chat.root.get_by_role("button", name="Start over").click()
    chat.root.locator("#sheet").get_by_role("button", name="Start over").click()
    expect(chat.log).not_to_contain_text("does it hurt?")
    chat.say("is it safe?")
    assert stored(clinic_server, "events") > before
    chat.root.get_by_role("button", name="Delete my chat").click()
    chat.root.locator("#sheet").get_by_role("button", name="Delete my chat").click()
    expect(chat.log).to_contain_text("Your chat is deleted")
    assert stored(clinic_server, "events") == before
    assert tokens(chat) == '{"cookie":""}'


def test_a_visitor_reads_it_if_a_backup_still_has_what_was_deleted(visit: Open, clinic_server: Server) -> None:
    chat = visit().open()
    chat.say("does it hurt?")
    with contextlib.closing(sqlite3.connect(clinic_server.database, isolation_level=None)) as backup:
        backup.execute("BEGIN")
        backup.execute("SELECT count(*) FROM events").fetchone()
        chat.root.get_by_role("button", name="Delete my chat").click()
        chat.root.locator("#sheet").get_by_role("button", name="Delete my chat").click()
        expect(chat.log).to_contain_text(fixed_text("utter_web_chat_deleted_soon"))
    expect(chat.log).not_to_contain_text("does it hurt?")


def test_the_clinic_can_always_be_reached(visit: Open) -> None:
    chat = visit().open()
    chat.root.get_by_role("button", name="Contact the clinic").click()
    sheet = chat.root.locator("#sheet")
    expect(sheet.get_by_role("link", name=f"Call {CLINIC['phone']}")).to_have_attribute("href", "tel:5550100142")
    expect(sheet.get_by_role("link", name="Book a visit")).to_be_visible()
    expect(sheet).to_contain_text(CLINIC["hours"])
    chat.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(chat.panel).to_be_visible()
    privacy = chat.root.get_by_role("link", name="Privacy")
    expect(privacy).to_have_attribute("href", CLINIC["privacy_notice"])
    expect(privacy).to_be_in_viewport()


def test_a_visitor_is_asked_first_and_what_comes_before_is_sent_in_words(visit: Open, clinic_server: Server) -> None:
    sent: list[tuple[str, object]] = []

    def note(page: Page) -> None:
        page.route("**/config", lambda route: route.fulfill(json={**route.fetch().json(), "consent_to_store": True}))

        def session(route: Route) -> None:
            agreed = (route.request.post_data_json or {}).get("agreed")
            answer = route.fetch().json()
            route.fulfill(json=answer if agreed else {"sender": f"unkept-{answer['sender']}"})
            sent.append(("session", agreed))

        def webhook(route: Route) -> None:
            sent.append(("message", route.request.post_data_json["message"]))
            token = route.request.headers["authorization"].replace("unkept-", "")
            route.fulfill(response=route.fetch(headers={**route.request.headers, "authorization": token}))

        page.route("**/session", session)
        page.route("**/webhook", webhook)

    chat = visit(prepare=note).open()
    notice = chat.root.locator(".consent")
    expect(notice).to_contain_text("Nothing you write is stored yet")
    chat.say("how much does it cost")
    chat.last("answer").get_by_text("More questions").click()
    pressed = chat.last("answer").locator("button.chip:visible").last.inner_text()
    chat.press(pressed)
    notice.get_by_role("button", name="I agree").click()
    expect(notice).to_have_text("Thank you. This chat is kept from now on.")
    chat.say("what are exosomes?")
    said = ["how much does it cost", pressed]
    assert sent == [
        ("session", None),
        *(("message", text) for text in said),
        ("session", True),
        ("message", "what are exosomes?"),
    ]
    chat.page.reload()
    chat.open()
    expect(notice).to_be_hidden()


def test_a_clinic_that_has_set_nothing_and_a_country_without_a_number(visit: Open) -> None:
    number = "your local emergency number"
    empty = {
        "clinic_name": "",
        "clinic_phone": "",
        "booking_link": "",
        "hours": "",
        "privacy_notice": "",
        "color": "",
        "crisis_phone": "",
        "abuse_phone": "",
        "emergency_number": number,
    }

    def config(route: Route) -> None:
        route.fulfill(json={**route.fetch().json(), **empty})

    chat = visit(prepare=lambda page: page.route("**/config", config)).open()
    expect(chat.panel.get_by_role("heading", name="Hair loss assistant")).to_be_visible()
    expect(chat.root.locator("#emergency")).to_have_text(f"In an emergency, call {number}")
    assert chat.panel.locator("a").count() == 0
    chat.say("my throat is closing up")
    assert chat.last("emergency").get_by_role("link").count() == 0
    chat.root.get_by_role("button", name="Contact the clinic").click()
    finder = chat.root.locator("#sheet").get_by_role("link", name="Find a dermatologist")
    expect(finder).to_have_attribute("href", "https://find-a-derm.aad.org")


def test_the_check_on_a_phone_takes_eleven_taps(visit: Open) -> None:
    chat = visit(**PHONE)
    chat.page.evaluate("() => { window.taps = 0; addEventListener('click', () => (window.taps += 1), true); }")
    chat.open()
    for name in ("Start the check", "Yes, start", "30 to 44"):
        chat.press(name)
    chat.choose("None of these")
    for name in ("Pattern (runs in families)", "Early, hardly seen"):
        chat.press(name)
    chat.choose("Minoxidil")
    chat.press("It did not help")
    expect(chat.root.locator(".card")).to_be_visible()
    assert chat.page.evaluate("window.taps") <= 11


@pytest.mark.parametrize("question", ["can i get a refund", "does it hurt?"])
def test_an_answer_to_a_detail_fits_a_phone_with_its_question(visit: Open, question: str) -> None:
    chat = visit(viewport={"width": 390, "height": 664}, has_touch=True, is_mobile=True, reduced_motion="reduce").open()
    chat.say(question)
    expect(chat.last("visitor")).to_be_in_viewport(ratio=1)
    log, answer = chat.log.bounding_box(), chat.last("answer").bounding_box()
    assert answer["y"] + answer["height"] <= log["y"] + log["height"]


def test_a_number_can_be_typed_beside_the_bands_of_ages_and_continue_stays_in_view(visit: Open) -> None:
    chat = visit(**PHONE, reduced_motion="reduce").open()
    chat.say("am i a candidate?")
    chat.press("Yes, start")
    years = chat.root.get_by_role("textbox", name="Or type the age")
    assert years.get_attribute("inputmode") == "numeric"
    years.fill("x")
    years.press("Enter")
    assert chat.focused() == "age"
    chat.page.wait_for_timeout(DOUBLE_CLICK)
    years.fill("52")
    years.press("Enter")
    chat.quiet()
    expect(chat.last("visitor")).to_contain_text("52")
    question = chat.last("question")
    expect(question).not_to_contain_text("Pregnant, trying for a baby")
    for part in (question.get_by_role("checkbox", name="None of these"), chat.button("Continue")):
        expect(part).to_be_in_viewport(ratio=1)


def test_a_line_of_the_read_back_can_be_changed(visit: Open) -> None:
    chat = visit().open()
    chat.say("am i a candidate?")
    chat.press("Yes, start")
    chat.say("34")
    chat.choose("None of these")
    for name in ("Pattern (runs in families)", "Early, hardly seen"):
        chat.press(name)
    chat.choose("Nothing so far")
    expect(chat.last("question").get_by_role("term")).to_have_count(5)
    chat.press("Change: Age")
    expect(chat.last("question")).to_contain_text("How old are you?")


def test_a_result_can_be_copied_shared_and_mailed(visit: Open) -> None:
    def prepare(page: Page) -> None:
        page.add_init_script("navigator.share = async shared => (window.shared = shared)")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    chat = visit(prepare=prepare).open()
    chat.take_check()
    chat.keep()
    card = chat.root.locator(".card")
    headline = card.locator(".headline").inner_text()
    card.get_by_role("button", name="Copy").click()
    expect(card.get_by_role("button", name="Copied")).to_be_visible()
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    card.get_by_role("button", name="Share").click()
    assert chat.page.evaluate("window.shared.text") == copied
    address = card.get_by_role("link", name="E-mail to myself").get_attribute("href")
    assert len(address) <= 2000, "Chrome on Windows opens no longer one"
    mail = urlsplit(address)
    assert (mail.scheme, mail.path) == ("mailto", "")
    [mailed] = parse_qs(mail.query)["body"]
    assert "\n- " in mailed, "with reasons"
    for words in (headline, CLINIC["phone"], "isn't a diagnosis"):
        assert words in copied
        assert words in mailed
    assert card.get_by_role("heading").nth(1).inner_text() == "Next step"


def test_the_launcher_tells_of_a_reply_that_came_while_it_was_closed_and_shrinks_on_scrolling(visit: Open) -> None:
    chat = visit()
    wide = chat.launcher.bounding_box()["width"]
    held: list[Route] = []
    chat.page.route("**/webhook", lambda route: held.append(route))
    chat.open()
    chat.input.fill("does it hurt?")
    with chat.page.expect_request("**/webhook"):
        chat.input.press("Enter")
    chat.page.keyboard.press("Escape")
    expect(chat.launcher).to_be_visible()
    expect(chat.panel).to_be_hidden()
    held[0].continue_()
    expect(chat.launcher).to_contain_text("1 new")  # the answer and the referral below it are one reply
    badge = chat.launcher.locator("b").bounding_box()
    assert badge["width"] == pytest.approx(badge["height"], abs=1), "a round number"
    chat.page.reload()
    expect(chat.launcher).to_contain_text("1 new")
    chat.page.mouse.wheel(0, 300)
    expect(chat.launcher).to_have_class("slim")
    assert chat.launcher.bounding_box()["width"] < wide / 2
    chat.open().root.get_by_role("button", name="Close the chat").click()
    expect(chat.launcher).not_to_contain_text("new")
    chat.page.reload()
    expect(chat.launcher).to_be_visible()
    expect(chat.launcher).not_to_contain_text("new")


def test_a_button_leads_to_the_newest_message(visit: Open) -> None:
    chat = visit(reduced_motion="reduce").open()
    newest = chat.root.get_by_role("button", name="Go to the newest message")
    expect(newest).to_be_hidden()
    chat.say("what are the risks?")
    chat.say("does it hurt?")
    chat.log.evaluate("log => log.scrollTo(0, 0)")
    newest.click()
    expect(newest).to_be_hidden()
    expect(chat.last("referral")).to_be_in_viewport(ratio=1)
