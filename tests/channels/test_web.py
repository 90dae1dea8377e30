"""The web channel, over HTTP, as `make run` starts it."""

from __future__ import annotations

import gzip
import json
import sqlite3
import urllib.error
import urllib.request

import pytest

from tests.support.assistant import Assistant
from tests.support.check_profile import take_check
from tests.support.client import kinds
from tests.support.servers import Server


def test_health_demo_and_config(server: Server) -> None:
    assert server.call("GET", "health")[0] == 200
    assert b"<exosome-chat>" in server.call("GET", "demo")[2]
    config = server.call("GET", "config")[2]
    assert config["emergency_number"] == "911"
    assert "not a clinician" in config["greeting"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("widget.js", "text/javascript"), ("strings/en.js", "text/javascript"), ("styles.css", "text/css"), ("demo", "text/html")],
)
def test_the_widgets_files_have_a_type_a_tag_and_are_sent_once(server: Server, name: str, kind: str) -> None:
    status, headers, content = server.call("GET", name)
    assert (status, headers["content-type"]) == (200, f"{kind}; charset=utf-8")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-cache"
    assert server.call("GET", name, If_None_Match=headers["ETag"])[0] == 304
    _, zipped_headers, zipped = server.call("GET", name, Accept_Encoding="gzip")
    assert zipped_headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped) == content


@pytest.mark.parametrize(
    "name", ["../clinic.yml", "..%2fclinic.yml", "strings", "strings/", "strings/xx.js", "/etc/passwd", "widget.js/x"]
)
def test_no_other_file_is_served(server: Server, name: str) -> None:
    assert server.call("GET", name)[0] == 404


def test_a_question_is_answered_with_sources_and_a_referral(server: Server) -> None:
    status, replies = server.say(server.session(), "what are exosomes")
    assert status == 200
    assert kinds(replies) == ["answer ask_what_are_exosomes", "referral"]
    assert all(source["title"] for source in replies[0]["metadata"]["sources"])
    assert replies[1]["buttons"]


def test_the_check_by_buttons_with_several_answers_in_one(server: Server) -> None:
    token = server.session()
    server.say(token, "am i a candidate")
    server.say(token, "/affirm")
    server.say(token, "51")
    status, replies = server.say(token, '/inform{"health_flags": ["past_cancer", "allergy"]}')
    assert kinds(replies) == ["question hair_loss_type"]
    for answer in ("scarring", "early", "nothing", "yes"):
        replies = server.say(token, answer)[1]
    assert kinds(replies) == ["assessment less_likely_to_help", "referral"]
    assert {reason["name"] for reason in replies[0]["metadata"]["reasons"]} >= {"past_cancer", "allergy", "scarring"}


def test_history_and_deletion(server: Server) -> None:
    token = server.session()
    server.say(token, "does it hurt? canary-7351")
    bearer = {"Authorization": f"Bearer {token}"}
    lines = server.call("GET", "history", **bearer)[2]
    assert [line["from"] for line in lines] == ["visitor", "assistant", "assistant"]
    server.call("POST", "feedback", {"sender": token, "topic": "ask_pain", "helpful": True})
    assert server.call("DELETE", "session", **bearer)[0] == 200
    assert server.call("GET", "history", **bearer)[2] == []
    with sqlite3.connect(server.database) as database:
        sender = token.split(".")[0]
        for table in ("events", "feedback"):
            assert database.execute(f"SELECT count(*) FROM {table} WHERE sender_id = ?", (sender,)).fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM events WHERE data LIKE '%canary-7351%'").fetchone() == (0,)


def test_another_message_under_the_same_key_is_read(server: Server) -> None:
    token = server.session()
    assert kinds(server.say(token, "how much does it cost", Idempotency_Key="a1")[1]) == ["answer ask_cost", "referral"]
    assert kinds(server.say(token, "my throat is closing", Idempotency_Key="a1")[1])[0] == "emergency"


def test_a_repeated_request_is_answered_once(server: Server) -> None:
    token = server.session()
    first = server.say(token, "how much does it cost", Idempotency_Key="a1")
    assert server.say(token, "how much does it cost", Idempotency_Key="a1") == first
    lines = server.call("GET", "history", Authorization=f"Bearer {token}")[2]
    assert [line["from"] for line in lines].count("visitor") == 1


def test_head_is_answered_as_get_without_a_body(server: Server) -> None:
    for name in ("health", "config", "demo", "chat.js"):
        status, headers, content = server.call("HEAD", name)
        assert (status, content, int(headers["content-length"]) > 0) == (200, b"", True)


def test_an_unknown_address_is_json_too(server: Server) -> None:
    for method, path, expected in (("GET", "nothing", 404), ("POST", "nothing", 404), ("PUT", "webhook", 405)):
        status, headers, answer = server.call(method, path)
        assert (status, set(answer)) == (expected, {"error", "message", "emergency"})
        assert status == 404 or headers["Allow"] == "POST"


def test_the_http_api_of_rasa_is_off(server: Server) -> None:
    base = server.address.split("/webhooks")[0]
    for path in ("status", "model", "conversations/x/tracker", "webhooks/rest/webhook"):
        request = urllib.request.Request(f"{base}/{path}", b"{}", method="POST")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        assert refused.value.code in (404, 405), path


def test_nothing_tells_which_version_of_rasa_this_is(server: Server) -> None:
    for method, path in (("GET", ""), ("GET", "version"), ("GET", "webhooks/telegram/"), ("HEAD", "")):
        request = urllib.request.Request(f"{server.address.split('/webhooks')[0]}/{path}", method=method)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        assert refused.value.code in (404, 405)
        told = refused.value.read().decode() + str(refused.value.headers)
        assert "3.6" not in told
        assert "Rasa" not in told


def test_with_the_action_server_down_all_but_the_judgement_goes_on(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = assistant.agent.processor.action_endpoint
    monkeypatch.setattr(endpoint, "url", "http://127.0.0.1:9/webhook")
    talk = assistant.talk()
    assert kinds(talk.say("how much does it cost")) == ["answer ask_cost", "referral"]
    assert kinds(talk.say("am i a candidate")) == ["question check_consent"]
    for text in ("yes", "41", "none of these", "genetic", "early"):
        assert kinds(talk.say(text))[-1].startswith("question"), text
    assert kinds(talk.say("does it hurt?")) == ["answer ask_pain", "question prior_treatments"]
    talk.say("nothing so far")
    assert kinds(talk.say("yes")) == ["notice", "referral"]
    assert talk.slots()["candidacy_outcome"] is None
    assert kinds(talk.say("my throat is closing"))[0] == "emergency"
    monkeypatch.undo()
    fresh = assistant.talk()
    assert "assessment" in json.dumps(take_check(fresh.say))
