"""Every platform, over HTTP with its own signatures: what is refused, what is answered, and what is kept."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import logging
import re
import sqlite3
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from rasa.core.channels.channel import UserMessage
from sqlalchemy.exc import OperationalError

from actions.questionnaire import ANSWERS
from channels import turn as messages
from channels.offered import token_of
from channels.platforms import accounts, outbound
from channels.platforms import platform_channel as base
from channels.platforms.messenger import MessengerChannel
from channels.platforms.slack import SlackChannel
from channels.platforms.telegram import TelegramChannel
from channels.platforms.whatsapp import WhatsAppChannel
from channels.turn import conversation_store
from commands.consistency.project import PROJECT
from components.dialogue import check
from components.dialogue.responses import ResponseGenerator
from components.dialogue.texts import fixed_text
from components.privacy.masking import MASK
from components.storage.errors import StoreUnavailableError
from components.storage.tables import PLATFORM_MESSAGES
from runtime.clinic import CLINIC_ID, Clinic
from runtime.clinic_errors import ClinicError
from tests.support.all_channels import KEY, PAGE, AllChannels
from tests.support.assistant import Assistant
from tests.support.caller import SOON
from tests.support.clinics import only
from tests.support.platforms import PLATFORMS, Shown, Signed, Trouble
from tests.support.servers import Server

NAMES = [platform.name for platform in PLATFORMS]


def texts(shown: list[Shown]) -> str:
    return "\n".join(message.text for message in shown)


# Authentic


def test_what_the_platform_did_not_sign_is_refused_and_leaves_no_trace(all_channels: AllChannels, name: str) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    statuses, shown = all_channels.ask(name, user, *platform.forged(user, "does it hurt"))
    assert set(statuses) == {403}
    assert len(statuses) >= 8
    assert shown == []
    assert all_channels.tracker(name, user) is None


def asked_in_turn(all_channels: AllChannels, name: str, user: str) -> int:
    """Returns how many messages of `user` a conversation was held about."""
    tracker = all_channels.tracker(name, user)
    return sum(event.type_name == "user" for event in (tracker.events if tracker else ()))


def stand_in_order(said: str, *words: str) -> bool:
    """Tells whether all words are found, each behind the one before."""
    return re.search(".*".join(map(re.escape, words)), said.lower(), re.S) is not None


def test_several_messages_are_answered_each_and_in_order(all_channels: AllChannels, name: str) -> None:
    platform, questions = all_channels.platforms[name], ["what does it cost", "does it hurt", "is it fda approved"]
    user = platform.user()
    requests = [platform.say(user, text) for text in questions]
    if name == "messenger":
        requests = [platform.sign(platform.batch([platform.event(user, text) for text in questions]))]
    statuses, shown = all_channels.ask(name, user, *requests)
    assert set(statuses) == {200}
    assert stand_in_order(texts(shown), "a session for exosomes", "can hurt", "fda")
    assert asked_in_turn(all_channels, name, user) == len(questions)


def test_a_repetition_is_not_answered_again(all_channels: AllChannels, name: str) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    statuses, shown = all_channels.ask(name, user, *[platform.say(user, "does it hurt", id=f"id-{user}")] * 3)
    assert set(statuses) == {200}
    assert texts(shown).lower().count("can hurt") == 1
    assert asked_in_turn(all_channels, name, user) == 1


def test_danger_is_read_as_written_and_stored_masked(all_channels: AllChannels, name: str) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    _, shown = all_channels.ask(name, user, platform.say(user, "2 Eyes Swollen Shut Dr Is Away"))
    assert "911" in texts(shown)
    stored = json.dumps([event.as_dict() for event in all_channels.tracker(name, user).events])
    assert MASK in stored
    assert "Swollen Shut" not in stored


def test_what_is_too_long_is_said_to_be_and_not_quoted(all_channels: AllChannels, name: str) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    statuses, shown = all_channels.ask(name, user, platform.say(user, "canary " * 15_000))
    assert statuses == [200]
    assert "too long" in texts(shown).lower()
    assert "canary" not in texts(shown)
    assert asked_in_turn(all_channels, name, user) == 0


def test_half_a_character_is_a_message_all_the_same(all_channels: AllChannels, name: str) -> None:
    platform, said = all_channels.platforms[name], ("\ud800 does it hurt", "\udfff", "\u0000\u0007", "\u202e\u2066")
    user = platform.user()
    statuses, shown = all_channels.ask(name, user, *[platform.say(user, text) for text in said])
    assert set(statuses) == {200}
    assert stand_in_order(texts(shown), *["board-certified"] * len(said))
    assert asked_in_turn(all_channels, name, user) == len(said)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("slack", "whatsapp")])
def test_what_was_sent_a_day_ago_is_not_answered(all_channels: AllChannels, name: str) -> None:
    # Twilio's requests carry no time, so none of them is too old; Slack's time is signed, as the next test has it.
    platform = all_channels.platforms[name]
    user = platform.user()
    assert all_channels.ask(name, user, platform.say(user, "does it hurt", sent=time.time() - 25 * 3600)) == ([200], [])
    assert asked_in_turn(all_channels, name, user) == 0


def test_what_slack_signed_five_minutes_ago_is_refused(all_channels: AllChannels) -> None:
    slack = all_channels.platforms["slack"]
    user = slack.user()
    assert all_channels.ask("slack", user, slack.sign(slack.message(user, "does it hurt"), age=301)) == ([403], [])
    assert asked_in_turn(all_channels, "slack", user) == 0


def test_a_signed_body_that_is_no_message_breaks_nothing(all_channels: AllChannels, name: str) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    bodies = [b"", b"{", b"[1", b"null", b"3", b'"x"', b"[]", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"{}"]
    if name == "whatsapp":
        bodies += [b"&&&", b"a=" * 500, b"x=1&" * 500, b"Body=%ED%A0%80", b"MessageSid=%00&Body=hi"]
    statuses, shown = all_channels.ask(name, user, *[platform.sign(body) for body in bodies])
    assert set(statuses) <= {200, 400, 403}
    assert shown == []
    assert all_channels.ask(name, user, platform.say(user, "does it hurt"))[1]


def _shapes(all_channels: AllChannels, name: str, user: str) -> list[Signed]:
    """Messages of the right kind in which one part is of the wrong one."""
    platform = all_channels.platforms[name]
    odd: list[Any] = [None, 3, 10**400, [], {}, True, "\ud800", "x" * 5000, [[[]]]]
    broken = []
    for path in _paths(platform.message(user, "hi")):
        for value in odd:
            body = platform.message(user, "hi")
            part = body
            for step in path[:-1]:
                part = part[step]
            part[path[-1]] = value
            broken.append(platform.sign(body))
    return broken


def _paths(body: Any, path: tuple = ()) -> list[tuple]:
    steps = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    return [found for step, inside in steps for found in ((*path, step), *_paths(inside, (*path, step)))]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "whatsapp"])
def test_no_shape_of_an_update_breaks_anything(all_channels: AllChannels, name: str) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    statuses, _ = all_channels.ask(name, user, *_shapes(all_channels, name, user))
    assert set(statuses) <= {200, 400}
    assert all_channels.ask(name, user, platform.say(user, "does it hurt"))[1]


def test_a_repetition_is_known_by_another_process_too(
    all_channels: AllChannels, checking_channels: AllChannels, name: str
) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    request = platform.say(user, "does it hurt", id=f"once-{user}")
    assert all_channels.ask(name, user, request)[1]
    assert checking_channels.ask(name, user, request) == ([200], [])


def test_a_photo_leaves_nothing_behind(all_channels: AllChannels, name: str) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    _, shown = all_channels.ask(name, user, platform.say(user, "", media=True))
    assert [message.text for message in shown] == [fixed_text("utter_media_notice")]
    assert all_channels.tracker(name, user) is None


def test_the_words_beside_a_photo_are_answered(all_channels: AllChannels, name: str) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    _, shown = all_channels.ask(name, user, platform.say(user, "does it hurt?", media=True))
    assert shown[-1].text == fixed_text("utter_media_notice")
    assert len(shown) >= 3
    assert "canary-file" not in json.dumps([event.as_dict() for event in all_channels.tracker(name, user).events])


def test_a_link_in_a_message_of_messenger_is_no_photo(all_channels: AllChannels) -> None:
    messenger = all_channels.platforms["messenger"]
    user = messenger.user()
    event = messenger.event(user, "does it hurt? https://example.com")
    event["message"]["attachments"] = [{"type": "fallback", "title": "canary", "payload": {"url": "https://example.com"}}]
    _, shown = all_channels.ask("messenger", user, messenger.sign(messenger.batch([event])))
    assert shown
    assert fixed_text("utter_media_notice") not in texts(shown)


class Unreadable(bytes):
    """A body that may be measured and not read."""

    def decode(self, *_: Any) -> str:
        raise AssertionError("it was read")


def test_a_form_that_is_too_large_is_not_even_read(all_channels: AllChannels) -> None:
    """Twilio's signature covers the fields, so they are read before it is known whose they are."""
    whatsapp = all_channels.platforms["whatsapp"]
    body, headers = whatsapp.say(whatsapp.user(), "%" * 300_000)
    assert not all_channels.channels["whatsapp"].verifies(SimpleNamespace(body=Unreadable(body), headers=headers))
    assert all_channels.deliver("whatsapp", (body, headers)) == [403]


def test_after_danger_nothing_is_said_about_the_photo(all_channels: AllChannels, name: str) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    _, shown = all_channels.ask(name, user, platform.say(user, "my face is swelling and i cant breathe", media=True))
    assert shown[0].text.startswith("Call 911 now")
    assert "photos" not in texts(shown)


def test_after_danger_a_photo_and_a_text_that_is_too_long_are_answered_with_the_reminder_too(
    all_channels: AllChannels, name: str
) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    all_channels.ask(name, user, platform.say(user, "i want to kill myself"))
    for text, media, notice in (("", True, "media"), ("does it hurt", True, "media"), ("x" * 6000, False, "too_long")):
        _, shown = all_channels.ask(name, user, platform.say(user, text, media=media))
        assert "988" in shown[0].text, text[:20]
        assert shown[-1].text == fixed_text(f"utter_{notice}_notice"), text[:20]


@pytest.mark.parametrize("user", ["x" * 300, "\ud800", "", "a\u0000b", "-1", "'; DROP TABLE events", "default"])
def test_no_sender_is_too_strange(all_channels: AllChannels, name: str, user: str) -> None:
    statuses, _ = all_channels.ask(name, user, all_channels.platforms[name].say(user, "does it hurt"))
    assert set(statuses) <= {200, 403}


def test_another_method_and_another_path_are_not_there(all_channels: AllChannels, name: str) -> None:
    async def ask(method: str, path: str) -> int:
        async with aiohttp.ClientSession() as session, session.request(method, f"{all_channels.address}/{name}/{path}") as answer:
            return answer.status

    for method, path in (("PUT", "webhook"), ("POST", "set_webhook"), ("GET", "set_webhook"), ("POST", ""), ("GET", "")):
        assert all_channels.assistant.wait(ask(method, path)) in (404, 405)


def _others() -> dict[str, list[Any]]:
    """What platforms also report, and what only has to be acknowledged."""
    person, private = {"id": 5, "is_bot": False}, {"id": 5, "type": "private"}
    said = {"message_id": 1, "date": int(time.time()), "from": person, "chat": private, "text": "does it hurt"}
    page = {"sender": {"id": "u"}, "recipient": {"id": "page"}, "timestamp": int(time.time() * 1000)}
    direct = {"type": "message", "channel_type": "im", "channel": "D", "user": "U", "text": "does it hurt"}
    return {
        "telegram": [
            {"edited_message": said}, {"channel_post": said}, {"my_chat_member": {"chat": private}}, {"inline_query": {}},
            {"message": {**said, "chat": {"id": -5, "type": "group"}}},
            {"message": {**said, "text": None, "left_chat_member": person}},
            {"callback_query": {"id": "1", "from": person, "data": "x"}}, {"poll_answer": {}}, {},
        ],
        "messenger": [
            {**page, "message": {"mid": "e1", "text": "hi", "is_echo": True}}, {**page, "delivery": {"mids": ["m"]}},
            {**page, "read": {"watermark": 1}}, {**page, "reaction": {"reaction": "like"}}, {**page, "optin": {}},
            {**page, "message_edit": {"mid": "m"}}, {},
        ],
        "whatsapp": [{"MessageSid": "SMx", "MessageStatus": "delivered", "From": "whatsapp:+1"}, {}],
        "slack": [
            {**direct, "subtype": "message_changed"}, {**direct, "subtype": "message_deleted"}, {**direct, "bot_id": "B"},
            {**direct, "subtype": "bot_message"}, {**direct, "channel_type": "channel"}, {"type": "app_mention", "text": "hi"},
            {"type": "member_joined_channel"}, {"type": "reaction_added"}, {},
        ],
    }  # fmt: skip


def test_edits_echoes_receipts_and_memberships_are_acknowledged_and_ignored(all_channels: AllChannels, name: str) -> None:
    platform = all_channels.platforms[name]
    before = len(platform.shown)
    for number, other in enumerate(_others()[name]):
        body = {
            "telegram": {"update_id": f"other-{number}", **other},
            "messenger": {"object": "page", "entry": [{"messaging": [other]}]},
            "whatsapp": other,
            "slack": {"type": "event_callback", "team_id": "T1", "event_id": f"other-{number}", "event": other},
        }[name]
        assert all_channels.deliver(name, platform.sign(body)) == [200]
    all_channels.idle()
    assert platform.shown[before:] == []


def test_an_album_gets_one_sentence(all_channels: AllChannels) -> None:
    telegram = all_channels.platforms["telegram"]
    user = telegram.user()
    updates = [telegram.message(user, "", media=True) for _ in range(4)]
    for update in updates:
        update["message"]["media_group_id"] = f"album-{user}"
    assert len(all_channels.ask("telegram", user, *(telegram.sign(update) for update in updates))[1]) == 1


def test_setting_up_the_webhook_of_messenger_and_slack(all_channels: AllChannels) -> None:
    async def subscribe(token: str) -> Any:
        asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "42"}
        address = f"{all_channels.address}/messenger/webhook?{urlencode(asked)}"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            return answer.status, await answer.text()

    assert all_channels.assistant.wait(subscribe("verify-me")) == (200, "42")
    assert all_channels.assistant.wait(subscribe("guess"))[0] == 403

    async def challenge() -> str:
        raw, headers = all_channels.platforms["slack"].sign({"type": "url_verification", "challenge": "42"})
        address = f"{all_channels.address}/slack/webhook"
        async with aiohttp.ClientSession() as session, session.post(address, data=raw, headers=headers) as answer:
            return await answer.text()

    assert all_channels.assistant.wait(challenge()) == "42"


def about(all_channels: AllChannels, name: str, user: str, text: str, again: bool) -> list[Shown]:
    """Sends `text` as an edit (or an edit that changes nothing, if `again`), where the platform reports such things."""
    platform = all_channels.platforms[name]
    body = platform.message(user, text)
    if name == "telegram":
        body["edited_message"] = body.pop("message")
    elif name == "messenger":
        event = body["entry"][0]["messaging"][0]
        event["message_edit"] = {**event.pop("message"), "num_edit": 1}
    else:
        said = body["event"]
        before = {**said, "text": text if again else "nice weather"}
        body["event"] = {"type": "message", "subtype": "message_changed", "channel_type": "im", "channel": user}
        body["event"] |= {"message": said, "previous_message": before}
    return all_channels.ask(name, user, platform.sign(body))[1]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "whatsapp"])
def test_an_edit_is_answered_only_if_it_reports_danger(all_channels: AllChannels, name: str) -> None:
    user = all_channels.platforms[name].user()
    assert about(all_channels, name, user, "does it hurt", again=False) == []
    assert about(all_channels, name, user, "my throat is closing up", again=False)[0].text.startswith("Call 911 now")
    if name == "slack":
        assert about(all_channels, name, user, "my throat is closing up", again=True) == [], "a preview was fetched"


def test_slack_answers_in_the_thread_and_hears_what_is_written_there(all_channels: AllChannels) -> None:
    slack = all_channels.platforms["slack"]
    for subtype in (None, "thread_broadcast", "me_message"):
        user = slack.user()
        body = slack.message(user, "my throat is closing up")
        body["event"] |= {"thread_ts": "1700000000.0001", **({"subtype": subtype} if subtype else {})}
        shown = all_channels.ask("slack", user, slack.sign(body))[1]
        assert shown[0].text.startswith("Call 911 now")
        assert {message.thread for message in shown} == {"1700000000.0001"}


def test_a_button_on_enterprise_grid_reaches_its_own_conversation_and_thread(all_channels: AllChannels) -> None:
    slack = all_channels.platforms["slack"]
    user = slack.user()
    _, shown = all_channels.ask("slack", user, slack.say(user, "what are exosomes"))
    carried = next(message.buttons["Tell me more"] for message in shown if message.buttons)
    _, shown = all_channels.ask("slack", user, slack.press(user, "Tell me more", carried, home="T9", thread="1700000000.0001"))
    assert {message.thread for message in shown} == {"1700000000.0001"}
    assert all_channels.tracker("slack", user).latest_message.text == "/ask_more_detail"


@pytest.mark.parametrize("place", [0, 2])
def test_an_album_with_words_gets_its_answer_and_the_sentence_once(all_channels: AllChannels, place: int) -> None:
    telegram = all_channels.platforms["telegram"]
    user = telegram.user()
    updates = [telegram.message(user, "does it hurt?" if number == place else "", media=True) for number in range(3)]
    for update in updates:
        update["message"]["media_group_id"] = f"album-{user}"
    _, shown = all_channels.ask("telegram", user, *(telegram.sign(update) for update in updates))
    assert texts(shown).count(fixed_text("utter_media_notice")) == 1
    assert "can hurt" in texts(shown)


def test_neither_bots_nor_ourselves_nor_reactions_are_answered(all_channels: AllChannels) -> None:
    telegram, messenger, whatsapp, slack = (all_channels.platforms[name] for name in NAMES)
    bot, page, workspace = telegram.message("77", "does it hurt"), messenger.message("page", "hi"), slack.message("U9", "hi")
    bot["message"]["from"]["is_bot"] = True
    workspace["authorizations"] = [{"user_id": "U9", "is_bot": True}]
    said = whatsapp.message(whatsapp.user(), "yes")
    for name, body in (
        ("telegram", bot),
        ("messenger", page),
        ("slack", workspace),
        ("whatsapp", {**said, "From": "whatsapp:+15550001111"}),
        ("whatsapp", {**said, "SmsStatus": "delivered"}),
        ("whatsapp", {**said, "MessageType": "reaction"}),
        ("whatsapp", {**said, "Body": "\N{THUMBS UP SIGN}", "OriginalRepliedMessageSid": "SM1"}),
    ):
        before = len(all_channels.platforms[name].shown)
        assert all_channels.deliver(name, all_channels.platforms[name].sign(body)) == [200]
        all_channels.idle()
        assert all_channels.platforms[name].shown[before:] == [], body


def test_a_program_that_answers_every_answer_is_left_alone(
    all_channels: AllChannels, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, platform = all_channels.channels[name], all_channels.platforms[name]
    monkeypatch.setattr(channel, "_max_in_a_row", 4)
    user = platform.user()
    shown = [all_channels.ask(name, user, platform.say(user, f"We got it, number {number}."))[1] for number in range(7)]
    assert [bool(answer) for answer in shown] == [True] * 5 + [False] * 2
    assert [message.text for message in shown[4]] == [fixed_text("utter_too_many_notice")]


# In the platform's form


def test_pressing_a_button_works_and_telegram_is_told_that_it_did(all_channels: AllChannels, name: str) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    _, shown = all_channels.ask(name, user, platform.say(user, "what are exosomes"))
    carried = next((message.buttons["Tell me more"] for message in shown if message.buttons), None)
    if carried:
        _, shown = all_channels.ask(name, user, platform.press(user, "Tell me more", carried))
    else:
        assert "1. Tell me more" in texts(shown)
        _, shown = all_channels.ask(name, user, platform.say(user, "1."))
    assert "vesicle" in texts(shown) or "exosome" in texts(shown)
    assert all_channels.tracker(name, user).latest_message.text == "/ask_more_detail"
    assert name != "telegram" or "answerCallbackQuery" in platform.signs


@pytest.mark.parametrize("typed", ["2", "2.", "2)", " 2 ", "how is it meant to work?", "How is it meant to work"])
def test_numbers_and_words_choose_an_option(all_channels: AllChannels, name: str, typed: str) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    all_channels.ask(name, user, platform.say(user, "what are exosomes"))
    all_channels.ask(name, user, platform.say(user, typed))
    if typed.lower().startswith("how"):
        assert all_channels.slots(name, user)["topic"] == "ask_how_it_works"
    else:
        assert all_channels.tracker(name, user).latest_message.text == "/ask_how_it_works"


@pytest.mark.parametrize(
    "text", ["/restart", "/session_start", '/inform{"age": "40"}', "/back", "//ask_cost", "/report_emergency"]
)
def test_a_payload_that_was_not_offered_is_text(all_channels: AllChannels, name: str, text: str) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    all_channels.ask(name, user, platform.say(user, text))
    assert not all_channels.tracker(name, user).latest_message.text.startswith("/")
    carried = token_of(text)
    request = platform.press(user, "does it hurt?", carried)
    all_channels.ask(name, user, request)
    assert all_channels.tracker(name, user).latest_message.text == "does it hurt?"


def test_the_button_that_opens_a_new_chat_is_a_greeting(all_channels: AllChannels) -> None:
    telegram, messenger = all_channels.platforms["telegram"], all_channels.platforms["messenger"]
    for platform, user, request in (
        (telegram, "71", telegram.say("71", "/start from-the-website")),
        (telegram, "73", telegram.say("73", "/start@clinic_bot")),
        (messenger, "72", messenger.press("72", "Get started", "start")),
    ):
        assert all_channels.ask(platform.name, user, request)[1]
        assert all_channels.tracker(platform.name, user).latest_message.intent["name"] == "greet"


def test_quick_replies_of_whatsapp_need_their_templates(all_channels: AllChannels) -> None:
    settings = {"secret": KEY, "account_sid": "AC1", "auth_token": "x", "number": "+1", "public_url": "https://x.example/"}
    without = WhatsAppChannel.from_credentials(settings).accounts[CLINIC_ID]
    assert without.style.max_buttons == 0
    assert all_channels.channels["whatsapp"].style.max_buttons == 3


# Private


def test_the_conversation_is_a_keyed_hash_and_the_user_stands_nowhere(all_channels: AllChannels, name: str, caplog: Any) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    with caplog.at_level(logging.DEBUG, logger="channels"):
        all_channels.ask(name, user, platform.say(user, "does it hurt canary-8642"), *platform.forged(user, "canary-8642"))
    conversation = all_channels.conversation(name, user)
    assert re.fullmatch("[0-9a-f]{32}", conversation)
    assert all_channels.tracker(name, user) is not None
    store = conversation_store(all_channels.assistant.agent)
    with sqlite3.connect(store.database.engine.url.database) as database:
        dump = "\n".join(database.iterdump())
    assert conversation in dump
    assert user not in dump
    assert user.removeprefix("whatsapp:") not in dump
    for kept in ("Canary", "canary_name"):
        assert kept not in dump
    assert caplog.records
    for said in ("canary-8642", user, "t0ken-of-ours", "s3cret-of-the-platform", "hurt"):
        assert said not in caplog.text


@pytest.mark.parametrize("said", ["Delete my chat", "/delete"])
def test_a_visitor_may_have_the_chat_deleted(
    all_channels: AllChannels, name: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    all_channels.ask(name, user, platform.say(user, "does it hurt canary-1597"))
    assert all_channels.tracker(name, user)
    _, shown = all_channels.ask(name, user, platform.say(user, said))
    assert [message.text for message in shown] == [fixed_text("utter_chat_deleted")]
    assert all_channels.tracker(name, user) is None

    def down(*args: Any) -> None:
        raise OperationalError("delete", {}, Exception("down"))

    monkeypatch.setattr(conversation_store(all_channels.assistant.agent), "forget", down)
    _, shown = all_channels.ask(name, user, platform.say(user, said))
    assert texts(shown) == fixed_text("utter_safe_text"), "nobody is told that something was deleted which was not"


def test_a_visitor_is_told_if_a_backup_still_reads_what_was_deleted(all_channels: AllChannels) -> None:
    platform = all_channels.platforms["telegram"]
    user = platform.user()
    all_channels.ask("telegram", user, platform.say(user, "does it hurt"))
    file = conversation_store(all_channels.assistant.agent).database.engine.url.database
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as backup:
        backup.execute("BEGIN")
        backup.execute("SELECT count(*) FROM events").fetchone()
        _, shown = all_channels.ask("telegram", user, platform.say(user, "/delete"))
    assert [message.text for message in shown] == [fixed_text("utter_chat_deleted_soon")]
    assert all_channels.tracker("telegram", user) is None


def test_the_same_user_number_on_two_platforms_is_two_conversations(all_channels: AllChannels) -> None:
    assert len({all_channels.conversation(name, "12345") for name in NAMES}) == len(NAMES)


def test_without_the_switch_the_check_stays_on_the_website(
    all_channels: AllChannels, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = ResponseGenerator(None, all_channels.assistant.agent.domain)
    generator.clinics = only(Clinic(chat_page=PAGE))
    generator.responses = all_channels.assistant.agent.domain.responses
    monkeypatch.setattr(all_channels.assistant.agent.processor, "nlg", generator)
    platform = all_channels.platforms[name]
    user = platform.user()
    for text in (
        "am i a candidate",
        "yes",
        "i'm 34, AGA, minoxidil did nothing, i take eliquis, still early",
        "i'm pregnant",
        "34",
        "start over",
        "no, I meant 43",
    ):
        _, shown = all_channels.ask(name, user, platform.say(user, text))
        assert "board-certified dermatologist" in texts(shown), text
        assert "Shall I start?" not in texts(shown), text
        assert "You told me" not in texts(shown), text
    kept = all_channels.slots(name, user)
    assert not any(kept[slot] for slot in (*ANSWERS, "requested_slot", "check_consent", "candidacy_outcome"))
    _, shown = all_channels.ask(name, user, platform.say(user, "can you tell if i'm a candidate for this"))
    assert f"Chat on the website: {PAGE}" in texts(shown)
    _, shown = all_channels.ask(name, user, platform.say(user, "i'm 34, does it hurt?"))
    assert "Sources:" in texts(shown)


@pytest.mark.parametrize("intent", sorted(PROJECT.plans))
def test_without_the_switch_no_intent_asks_or_notes_anything(all_channels: AllChannels, intent: str) -> None:
    talk = all_channels.assistant.talk()
    said = [
        ("age", "34"),
        ("health_flags", "allergy"),
        ("hair_loss_type", "pattern"),
        ("prior_treatments", "prp"),
        ("reply", "yes"),
    ]
    entities = [{"entity": entity, "value": value, "start": 0, "end": 3} for entity, value in said]

    async def handle(message: UserMessage) -> None:
        message.parse_data = {"text": "...", "intent": {"name": intent, "confidence": 1.0}, "entities": entities}
        await all_channels.assistant.agent.handle_message(message)

    for _ in range(2):
        turn = messages.Turn("...", talk.sender, "telegram", "x", metadata=check.OFF)
        replies = all_channels.assistant.wait(messages.take_turn(turn, handle, all_channels.assistant.agent.tracker_store))
        assert all(reply["text"].strip() for reply in replies)
        assert any("board-certified dermatologist" in reply["text"] for reply in replies)
        assert not any(reply["metadata"]["kind"] in ("question", "assessment") for reply in replies)
    kept = talk.slots()
    assert not any(kept[slot] for slot in (*ANSWERS, "requested_slot", "check_consent", "candidacy_outcome"))


def test_several_options_of_one_question_by_number(checking_channels: AllChannels, name: str) -> None:
    platform = checking_channels.platforms[name]
    user = platform.user()
    for text in ("am i a candidate", "1", "34"):
        _, shown = checking_channels.ask(name, user, platform.say(user, text))
    assert "3. Cancer in the past" in texts(shown)
    checking_channels.ask(name, user, platform.say(user, "3 and 9"))
    kept = checking_channels.slots(name, user)
    assert (kept["age"], kept["health_flags"]) == ("34", ["past_cancer", "allergy"])
    assert kept["requested_slot"] == "hair_loss_type"


# Outbound


def trouble(all_channels: AllChannels, name: str, *troubles: Trouble) -> Any:
    """Asks a question while the API is in trouble; returns what was shown, and the times of the attempts."""
    platform = all_channels.platforms[name]
    user = platform.user()
    platform.calls.clear()
    platform.trouble[:] = troubles
    _, shown = all_channels.ask(name, user, platform.say(user, "does it hurt"))
    platform.trouble.clear()
    return shown, list(platform.calls)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(outbound, "CALL_TIMEOUT", 0.3)


@pytest.mark.usefixtures("quick")
def test_an_api_that_fails_or_is_slow_is_tried_again(all_channels: AllChannels, name: str) -> None:
    usual, calls = trouble(all_channels, name)
    shown, tried = trouble(all_channels, name, Trouble(times=2, status=503))
    assert len(shown) == len(usual)
    assert len(tried) == len(calls) + 2
    shown, tried = trouble(all_channels, name, Trouble(status=200, delay=0.6))
    assert len(tried) == len(calls) + 1


@pytest.mark.usefixtures("quick")
def test_an_api_that_is_down_is_given_up_on_and_the_next_message_is_tried(
    all_channels: AllChannels, name: str, caplog: Any
) -> None:
    shown, tried = trouble(all_channels, name, Trouble(times=outbound.MAX_ATTEMPTS, status=500))
    assert shown
    assert "could not send a message: status 500" in caplog.text
    assert "hurt" not in caplog.text


@pytest.mark.usefixtures("quick")
def test_what_the_api_refuses_for_good_is_not_repeated(all_channels: AllChannels, name: str) -> None:
    usual, calls = trouble(all_channels, name)
    shown, tried = trouble(all_channels, name, Trouble(status=400, body={"ok": False, "error": {"code": 100}}))
    assert len(tried) == len(calls)
    assert len(shown) == len(usual) - 1


def _limited(name: str, wait: int) -> Trouble:
    """Returns the answer by which the platform asks for a pause."""
    if name == "telegram":
        return Trouble(status=429, body={"ok": False, "error_code": 429, "parameters": {"retry_after": wait}})
    return Trouble(status=429, body={"ok": False, "error": "ratelimited"}, headers={"Retry-After": str(wait)})


def test_a_rate_limit_is_respected(all_channels: AllChannels, name: str) -> None:
    usual, _ = trouble(all_channels, name)
    shown, tried = trouble(all_channels, name, _limited(name, 2))
    assert tried[1] - tried[0] >= 2
    assert [message.text for message in shown][0] == usual[0].text
    shown, tried = trouble(all_channels, name, _limited(name, 3600))
    assert len(shown) == len(usual) - 1, "an hour is not waited for, and not cut short either"


@pytest.mark.usefixtures("quick")
def test_an_error_of_meta_that_passes_is_tried_again(all_channels: AllChannels) -> None:
    usual, _ = trouble(all_channels, "messenger")
    shown, _ = trouble(all_channels, "messenger", Trouble(status=400, body={"error": {"code": 613}}))
    assert len(shown) == len(usual)


@pytest.mark.usefixtures("quick")
def test_nobody_listening_is_no_catastrophe(all_channels: AllChannels, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    platform, channel = all_channels.platforms[name], all_channels.channels[name]
    user = platform.user()
    monkeypatch.setattr(channel, "settings", {**channel.settings, "api_url": "http://127.0.0.1:9"})
    assert all_channels.ask(name, user, platform.say(user, "does it hurt")) == ([200], [])
    monkeypatch.undo()
    assert all_channels.ask(name, user, platform.say(user, "does it hurt"))[1]


# Queue and deadline


@pytest.fixture
def slow(all_channels: AllChannels, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Makes every turn take `seconds` longer."""
    pace = {"seconds": 0.2}
    handle = all_channels.assistant.agent.handle_message

    async def handle_slowly(message: Any) -> Any:
        await asyncio.sleep(pace["seconds"])
        return await handle(message)

    monkeypatch.setattr(all_channels.assistant.agent, "handle_message", handle_slowly)
    return pace


def test_the_platform_gets_its_200_before_the_turn_is_done(all_channels: AllChannels, name: str, slow: dict[str, float]) -> None:
    platform = all_channels.platforms[name]
    user = platform.user()
    slow["seconds"] = 2.0
    assert all_channels.deliver(name, platform.say(user, "does it hurt")) == [200]
    assert not platform.seen(user)
    all_channels.idle()
    assert platform.seen(user)


def test_a_turn_that_takes_too_long_gets_the_safe_text_and_a_sign_before(
    all_channels: AllChannels, name: str, slow: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "TURN_TIMEOUT", 0.4)
    monkeypatch.setattr(base, "TYPING_AFTER", 0.1)
    platform = all_channels.platforms[name]
    user, signs = platform.user(), len(platform.signs)
    slow["seconds"] = 30.0
    _, shown = all_channels.ask(name, user, platform.say(user, "does it hurt"))
    assert texts(shown).startswith(fixed_text("utter_safe_text"))
    assert platform.signs[signs:] == {"telegram": ["typing"], "messenger": ["typing_on"]}.get(name, [])
    slow["seconds"] = 0.0
    _, shown = all_channels.ask(name, user, platform.say(user, "does it hurt"))
    assert "Sources:" in texts(shown), "the conversation goes on"


def test_messages_wait_in_order_and_too_many_are_told_once(all_channels: AllChannels, name: str, slow: dict[str, float]) -> None:
    platform = all_channels.platforms[name]
    user, other = platform.user(), platform.user()
    slow["seconds"] = 0.5  # longer than it takes to deliver them all
    asked = ["does it hurt", "what does it cost"] + ["thanks"] * (base.MAX_QUEUE_LENGTH + 3)
    began = time.monotonic()
    statuses = all_channels.deliver(name, *(platform.say(user, text) for text in asked), platform.say(other, "does it hurt"))
    assert set(statuses) == {200}
    slow["seconds"] = 0.0
    all_channels.idle()
    seen = texts(platform.seen(user))
    assert 0 <= seen.find("can hurt") < seen.find("a session for exosomes")
    assert seen.count(fixed_text("utter_too_many_notice")) == 1
    assert platform.seen(user)[-1].text == fixed_text("utter_too_many_notice")
    assert platform.seen(other)
    assert time.monotonic() - began < 10


def test_what_was_accepted_is_answered_before_the_server_stops(
    assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = assistant.agent.handle_message

    async def handle_slowly(message: Any) -> Any:
        await asyncio.sleep(0.5)
        return await handle(message)

    monkeypatch.setattr(assistant.agent, "handle_message", handle_slowly)
    all_channels = AllChannels(assistant, tmp_path, {})
    asked = {name: platform.user() for name, platform in all_channels.platforms.items()}
    assert set(asked) == set(NAMES)
    for name, user in asked.items():
        assert all_channels.deliver(name, all_channels.platforms[name].say(user, "does it hurt")) == [200]
    all_channels.close()
    for name, user in asked.items():
        assert all_channels.platforms[name].seen(user), name


def leave(all_channels: AllChannels, name: str, user: str, attempts: int) -> None:
    """Makes the stored messages of `user` look like those of a process that is gone."""
    ours = PLATFORM_MESSAGES.c.sender_id == all_channels.conversation(name, user)
    left = PLATFORM_MESSAGES.update().where(ours).values(owner="gone", leased_until=0.0, attempts=attempts)
    database = conversation_store(all_channels.assistant.agent).database
    assert all_channels.assistant.wait(database.run(lambda connection: connection.execute(left).rowcount)) == 1


def take_up(all_channels: AllChannels, name: str, user: str) -> list[Shown]:
    """Returns what `user` sees when another process looks for unanswered messages."""
    platform = all_channels.platforms[name]
    before = len(platform.seen(user))
    all_channels.assistant.wait(all_channels.accounts[platform.name].take_up(all_channels.backend(platform.name)))
    all_channels.idle()
    return platform.seen(user)[before:]


def test_killed_between_sending_and_recording_the_same_answer_comes_once_more(
    all_channels: AllChannels, checking_channels: AllChannels, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(_key: str, _conversation: str) -> None:
        """Records nothing."""

    platform = all_channels.platforms[name]
    user = platform.user()
    monkeypatch.setattr(all_channels.backend(name).messages, "answered", killed)
    _, shown = all_channels.ask(name, user, platform.say(user, "my throat is closing up"))
    leave(all_channels, name, user, attempts=1)
    assert take_up(checking_channels, name, user) == shown
    assert asked_in_turn(all_channels, name, user) == 1
    assert take_up(checking_channels, name, user) == []


def test_a_message_that_kills_one_process_after_the_other_gets_the_safe_text(
    all_channels: AllChannels, checking_channels: AllChannels, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(_key: str, _conversation: str) -> None:
        """Records nothing."""

    platform = all_channels.platforms[name]
    user = platform.user()
    monkeypatch.setattr(all_channels.backend(name).messages, "answered", killed)
    all_channels.ask(name, user, platform.say(user, "does it hurt"))
    leave(all_channels, name, user, attempts=base.MAX_ATTEMPTS)
    assert [message.text for message in take_up(checking_channels, name, user)] == [fixed_text("utter_safe_text")]
    assert take_up(checking_channels, name, user) == []


def test_what_comes_during_a_stop_is_left_to_the_next_process(
    assistant: Assistant, tmp_path: Path, checking_channels: AllChannels, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = assistant.agent.handle_message

    async def handle_slowly(message: Any) -> Any:
        await asyncio.sleep(1.0)
        return await handle(message)

    monkeypatch.setattr(assistant.agent, "handle_message", handle_slowly)
    all_channels = AllChannels(assistant, tmp_path, {})
    accepted, late = ({name: platform.user() for name, platform in all_channels.platforms.items()} for _ in range(2))
    requests = {name: all_channels.platforms[name].say(user, "my throat is closing up") for name, user in late.items()}
    for name, user in accepted.items():
        assert all_channels.deliver(name, all_channels.platforms[name].say(user, "does it hurt")) == [200]

    async def stop() -> list[int]:
        stopping = asyncio.ensure_future(all_channels._server.before_stop())
        await asyncio.sleep(0.2)
        statuses = [await all_channels._post(name, *request) for name, request in requests.items()]
        await stopping
        return statuses

    assert assistant.wait(stop()) == [503] * len(NAMES), "taken now, it would get no answer"
    for name, user in accepted.items():
        assert all_channels.platforms[name].seen(user), name
    all_channels.close()
    for name, user in late.items():
        assert checking_channels.ask(name, user, requests[name])[1][0].text.startswith("Call 911 now"), "no repetition"


def test_a_stop_gives_up_on_what_takes_too_long_once_for_all_platforms(
    assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    async def handle_never(message: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(assistant.agent, "handle_message", handle_never)
    monkeypatch.setattr(accounts, "SHUTDOWN_TIMEOUT", 1.0)
    all_channels = AllChannels(assistant, tmp_path, {})
    for platform in all_channels.platforms.values():
        all_channels.deliver(platform.name, platform.say(platform.user(), "does it hurt"))
    began = time.monotonic()
    all_channels.close()
    assert time.monotonic() - began < len(NAMES) * 1.0, "each waited for its own"
    assert caplog.text.count("stopped with 1 conversations still unanswered") == len(NAMES)


def test_a_rush_is_taken_a_few_turns_at_a_time(
    all_channels: AllChannels, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    running, most = 0, 0

    async def handle(message: Any) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1

    monkeypatch.setattr(all_channels.assistant.agent, "handle_message", handle)
    platform = all_channels.platforms[name]
    users = [platform.user() for _ in range(3 * base.MAX_CONCURRENT_TURNS)]
    assert set(all_channels.deliver(name, *(platform.say(user, "does it hurt") for user in users))) == {200}
    all_channels.idle()
    assert 0 < most <= base.MAX_CONCURRENT_TURNS
    assert all(platform.seen(user) for user in users), caplog.text


def test_without_a_database_questions_and_danger_are_answered(
    all_channels: AllChannels, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*args: Any, **kwargs: Any) -> Any:
        raise StoreUnavailableError

    monkeypatch.setattr(conversation_store(all_channels.assistant.agent).database, "run", down)
    platform = all_channels.platforms[name]
    user = platform.user()
    _, shown = all_channels.ask(name, user, platform.say(user, "does it hurt"))
    assert "Sources:" in texts(shown)
    _, shown = all_channels.ask(name, user, platform.say(user, "my throat is closing up"))
    assert shown[0].text.startswith("Call 911 now")


@pytest.mark.parametrize(("stores", "before_the_answer"), [(True, {200}), (False, set())])
def test_the_platform_hears_200_once_the_message_is_stored_or_else_answered(
    all_channels: AllChannels, name: str, monkeypatch: pytest.MonkeyPatch, stores: bool, before_the_answer: set[int]
) -> None:
    async def down(*args: Any, **kwargs: Any) -> Any:
        raise StoreUnavailableError

    may_answer, heard = threading.Event(), set[int]()
    turns: list[Any] = []

    async def handle(message: Any) -> None:
        turns.append(message)
        await asyncio.get_running_loop().run_in_executor(None, may_answer.wait, 60)

    assistant = all_channels.assistant
    monkeypatch.setattr(assistant.agent, "handle_message", handle)
    if not stores:
        monkeypatch.setattr(conversation_store(assistant.agent).database, "run", down)
    platform = all_channels.platforms[name]
    user = platform.user()
    request = platform.say(user, "does it hurt")

    async def deliver_twice() -> set[int]:
        first, again = [asyncio.ensure_future(all_channels._deliver(name, [request])) for _ in range(2)]
        await asyncio.wait({first, again}, timeout=SOON if before_the_answer else 1.0)
        heard.update(status for done in (first, again) if done.done() for status in done.result())
        assert heard == before_the_answer
        may_answer.set()
        return {*await first, *await again}

    assert assistant.wait(deliver_twice()) == {200}
    all_channels.idle()
    assert platform.seen(user)
    assert len(turns) == 1, "it was answered once"
    assert set(all_channels.deliver(name, request)) == {200}
    all_channels.idle()
    assert len(turns) == 1, "nor is it answered when it comes later"


# Setting up


@pytest.mark.parametrize("channel", [TelegramChannel, MessengerChannel, WhatsAppChannel, SlackChannel])
def test_without_its_secrets_a_channel_is_off_and_with_some_it_says_what_is_missing(channel: Any) -> None:
    unset = dict.fromkeys(channel.SECRETS, "${NOT_SET_ANYWHERE}")
    assert not channel.from_credentials({"secret": KEY, **unset}).accounts
    assert not channel.from_credentials(None).accounts
    with pytest.raises(ClinicError, match="also needs NOT_SET_ANYWHERE"):
        channel.from_credentials({"secret": KEY, **unset, channel.SECRETS[0]: "x"})
    with pytest.raises(ClinicError, match="tokn"):
        channel.from_credentials({"secret": KEY, "tokn": "x"})
    given = dict.fromkeys(channel.SECRETS, "${SET_HERE}")
    environment = {"SET_HERE": "set-from-outside"}
    made = channel.from_credentials({"secret": KEY, **given}, environment)
    with pytest.raises(ClinicError, match="SESSION_SECRET"):
        channel.from_credentials({"secret": "${NOT_SET_ANYWHERE}", **given}, environment)
    assert made.accounts[CLINIC_ID].settings[channel.SECRETS[0]] == "set-from-outside"


@pytest.mark.parametrize("channel", [TelegramChannel, MessengerChannel, WhatsAppChannel, SlackChannel])
def test_where_the_clinic_wants_consent_no_platform_starts(channel: Any, tmp_path: Path) -> None:
    (tmp_path / "clinic.yml").write_text("consent_to_store: true\n")
    settings = {"secret": KEY, **dict.fromkeys(channel.SECRETS, "${SET_HERE}")}
    with pytest.raises(ClinicError, match="consent_to_store"):
        channel.from_credentials(settings, {"SET_HERE": "set-from-outside", "CLINIC_FILE": str(tmp_path / "clinic.yml")})


@pytest.mark.parametrize("secret", ["short", "x" * 257, "with blanks in between"])
def test_telegram_needs_a_secret_that_cannot_be_guessed(secret: str) -> None:
    with pytest.raises(ClinicError, match="TELEGRAM_WEBHOOK_SECRET"):
        TelegramChannel.from_credentials({"secret": KEY, "token": "x", "webhook_secret": secret})


def test_the_real_server_has_the_platform_that_is_set_and_none_that_is_not(server: Server) -> None:
    webhooks = copy.copy(server)
    webhooks.address = server.address.rpartition("/")[0]

    def post(name: str, **headers: str) -> int:
        return webhooks.call("POST", f"{name}/webhook", {"update_id": 1}, **headers)[0]

    assert post("telegram") == 403
    assert post("telegram", X_Telegram_Bot_Api_Secret_Token="secret-of-the-test") == 200
    assert [post(name) for name in ("messenger", "whatsapp", "slack")] == [404, 404, 404]
