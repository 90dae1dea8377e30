"""docs/openapi.yml is true and complete: the channel is attacked from it, and real conversations are held against it."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from channels.web.channel import WebChannel
from runtime.paths import ROOT
from tests.support.client import Message
from tests.support.servers import Server

DESCRIPTION: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "openapi.yml").read_text(encoding="utf-8"))
SCHEMATHESIS = ROOT / ".venv-dev" / "bin" / "schemathesis"
OWN_FILES = "/<path:path>"  # the route of the widget's files, which the description does not name
SAID = [
    "hello", "how much does it cost", "asdf qwer", "who is the president", "does it hurt, and what does it cost?", "tell me more",
    "am i a candidate", "/affirm", "41", '/inform{"health_flags": ["past_cancer", "allergy"]}', "genetic", "early", "minoxidil",
    "did nothing", "yes", "delete my chat", "je ne parle pas anglais, combien ça coûte",
    "there is pus coming out since my injections",
    "my throat is closing up", "i want to kill myself", "thanks", "bye",
]  # fmt: skip


def holds(name: str, answer: Any) -> None:
    """Fails when `answer` is not as the description's schema `name` says."""
    faults = [error.message for error in Draft202012Validator({**DESCRIPTION, "$ref": f"#/{name}"}).iter_errors(answer)]
    assert not faults, faults


def kinds() -> set[str]:
    """Returns all kinds of messages that the description knows."""
    described = [schema["properties"]["kind"] for schema in DESCRIPTION["components"]["schemas"]["Metadata"]["oneOf"]]
    return {value for kind in described for value in kind.get("enum", [kind.get("const")])}


def test_the_channel_is_as_described_under_attack(victim: Server) -> None:
    config = ROOT / "tests" / "attacks" / "schemathesis.toml"
    command = [str(SCHEMATHESIS), "--no-color", "--config-file", str(config), "run", "docs/openapi.yml", "--url", victim.address]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "TOKEN": victim.session()}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_answer_is_as_described_and_every_kind_comes(victim: Server) -> None:
    token = victim.session()
    replies: list[Message] = [reply for text in SAID for reply in victim.say(token, text)[1]]
    holds("paths/~1webhook/post/responses/200/content/application~1json/schema", replies)
    assert {reply["metadata"]["kind"] for reply in replies} == kinds()
    history = victim.call("GET", "history", Authorization=f"Bearer {token}")[2]
    holds("paths/~1history/get/responses/200/content/application~1json/schema", history)
    assert {line["from"] for line in history} == {"visitor", "assistant"}
    for method, path, body, headers in (
        ("POST", "webhook", b"x", {}), ("POST", "webhook", {"sender": "x", "message": "hi"}, {}), ("GET", "nothing", None, {}),
        ("POST", "session", None, {"Origin": "https://elsewhere.example"}), ("POST", "webhook", b"x" * 70_000, {}),
    ):  # fmt: skip
        holds("components/schemas/Refusal", victim.call(method, path, body, **headers)[2])


def test_the_description_names_every_route() -> None:
    blueprint = WebChannel("k" * 40).blueprint(lambda message: None)
    routes = {(route.uri, method) for route in blueprint._future_routes for method in route.methods if route.uri != OWN_FILES}
    routes -= {(path, "HEAD") for path, method in routes if method == "GET"}  # HTTP itself says what HEAD answers
    named = {(path, method.upper()) for path, operations in DESCRIPTION["paths"].items() for method in operations}
    assert routes == named
