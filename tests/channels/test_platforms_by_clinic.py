"""Clinics of one deployment with accounts of their own on every platform: nothing of one reaches another."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import sqlalchemy
import yaml
from yarl import URL

from channels.platforms import platform_channel as base
from channels.turn import conversation_store
from commands.doctor_checks.finding import BROKEN, OK, WARNING
from commands.doctor_checks.platforms import platforms
from components.dialogue.responses import ResponseGenerator
from components.dialogue.texts import fixed_text
from components.storage.tables import FIGURES, PLATFORM_MESSAGES
from runtime.clinic import Clinic
from runtime.clinic_errors import ClinicError
from runtime.clinics import clinic_of, id_at_clinic
from tests.support.all_channels import AllChannels
from tests.support.assistant import Assistant
from tests.support.clinics import several
from tests.support.platforms import PLATFORMS, Shown

PAGE = "https://www.{}.example/chat"
CLINICS: dict[str, dict[str, Any]] = {
    "clinic": {"name": "The First", "phone": "555 010 0333", "chat_page": PAGE.format("first")},
    "north": {"name": "North Hair", "phone": "555 010 0111", "check_also_on": [platform.name for platform in PLATFORMS]},
    "south": {"name": "South Skin", "phone": "020 7946 0222", "country": "GB", "chat_page": PAGE.format("south")},
}
NO_ACCOUNTS = ("west", "NORTH", "north.", "%6eorth", "nor", "north%00", "webhook", "n" * 300, "%D0%BDorth", "..%2Fnorth")


@pytest.fixture(scope="module")
def chain(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AllChannels]:
    first, *others = CLINICS
    channels = AllChannels(
        assistant, tmp_path_factory.mktemp("chain"), CLINICS[first], {clinic: CLINICS[clinic] for clinic in others}
    )
    yield channels
    channels.close()


@pytest.fixture(autouse=True)
def own_texts(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives the agent of all tests the texts of these clinics."""
    generator = ResponseGenerator(None, assistant.agent.domain)
    generator.clinics = several({clinic: Clinic(**fields) for clinic, fields in CLINICS.items()})
    generator.responses = assistant.agent.domain.responses
    monkeypatch.setattr(assistant.agent.processor, "nlg", generator)


@pytest.fixture
def accounts(name: str) -> dict[str, str]:
    """The clinics' accounts on a platform."""
    return {clinic: id_at_clinic(clinic, name) for clinic in CLINICS}


def texts(shown: list[Shown]) -> str:
    return "\n".join(message.text for message in shown)


def seen(chain: AllChannels, account: str, user: str) -> str:
    return texts(chain.platforms[account].seen(user))


def rows(chain: AllChannels, statement: Any) -> list[Any]:
    database = conversation_store(chain.assistant.agent).database
    return chain.assistant.wait(database.run(lambda connection: connection.execute(statement).all()))


def test_each_account_speaks_for_its_clinic_and_no_other(chain: AllChannels, accounts: dict[str, str]) -> None:
    phones = {clinic: fields["phone"] for clinic, fields in CLINICS.items()}
    for clinic, account in accounts.items():
        platform = chain.platforms[account]
        user, before = platform.user(), {other: len(chain.platforms[other].shown) for other in accounts.values()}
        statuses, shown = chain.ask(account, user, *(platform.say(user, text) for text in ("can i talk to a person", "x" * 6000)))
        assert statuses == [200, 200]
        assert [other for other, phone in phones.items() if phone in texts(shown)] == [clinic]
        others = {other: len(chain.platforms[other].shown) for other in accounts.values() if other != account}
        assert others == {other: before[other] for other in others}
        assert clinic_of(chain.conversation(account, user)) == clinic
        assert chain.tracker(account, user)


def test_the_secret_of_one_is_nothing_at_the_address_of_another(chain: AllChannels, accounts: dict[str, str]) -> None:
    for account in accounts.values():
        platform = chain.platforms[account]
        for other in set(accounts.values()) - {account}:
            user = platform.user()
            assert chain.deliver(other, platform.say(user, "does it hurt"), platform.press(user, "Yes", "x")) == [403, 403]
            chain.idle()
            assert chain.platforms[other].seen(user) == []
            assert chain.tracker(other, user) is None
            assert chain.tracker(account, user) is None


def test_the_same_user_is_somebody_else_at_each_clinic(chain: AllChannels, accounts: dict[str, str]) -> None:
    user, number = next(iter(chain.platforms.values())).user(), "4711"
    # Each bot counts its messages by itself, so two of them use the same number.
    for account in accounts.values():
        request = chain.platforms[account].say(user, "what are exosomes", id=f"{number}{user}")
        assert chain.ask(account, user, request)[1], "taken for what another clinic had received"
        assert not chain.ask(account, user, request)[1], "answered twice"
    assert len({chain.conversation(account, user).rpartition(".")[2] for account in accounts.values()}) == len(accounts)
    north, south = accounts["north"], accounts["south"]
    assert texts(chain.ask(north, user, chain.platforms[north].say(user, "delete my chat"))[1]) == fixed_text(
        "utter_chat_deleted"
    )
    assert chain.tracker(north, user) is None
    assert len(chain.tracker(south, user).events) > 0
    shown = chain.ask(south, user, chain.platforms[south].say(user, "2"))[1]
    assert chain.tracker(south, user).latest_message.text.startswith("/"), shown
    chain.ask(north, user, chain.platforms[north].say(user, "2"))
    assert chain.tracker(north, user).latest_message.text == "2", "the options are those of another conversation"


def test_an_album_at_one_clinic_is_none_at_another(chain: AllChannels) -> None:
    for clinic in ("north", "south"):
        account, notice = f"{clinic}.telegram", fixed_text("utter_media_notice", clinic=Clinic(**CLINICS[clinic]))
        telegram = chain.platforms[account]
        update = telegram.message("700", "", media=True)
        update["message"]["media_group_id"] = "the same"
        assert texts(chain.ask(account, "700", telegram.sign(update))[1]) == notice


def test_each_clinic_decides_where_the_check_is_held(chain: AllChannels, accounts: dict[str, str]) -> None:
    told = {}
    for clinic, account in accounts.items():
        user = chain.platforms[account].user()
        told[clinic] = texts(chain.ask(account, user, chain.platforms[account].say(user, "am i a candidate"))[1])
    assert [clinic for clinic, text in told.items() if "Shall I start?" in text] == ["north"]
    assert {clinic for clinic, text in told.items() if PAGE.format("south") in text} == {"south"}


def test_what_is_asked_counts_at_its_clinic(chain: AllChannels, name: str) -> None:
    def counted() -> dict[str, int]:
        numbers = sqlalchemy.func.sum(FIGURES.c.number)
        return dict(rows(chain, sqlalchemy.select(FIGURES.c.clinic, numbers).where(FIGURES.c.channel == name).group_by("clinic")))

    before, platform = counted(), chain.platforms[f"north.{name}"]
    user = platform.user()
    chain.ask(f"north.{name}", user, platform.say(user, "does it hurt"))
    after = counted()
    assert after.pop("north") > before.pop("north", 0)
    assert after == before


def test_what_a_dead_process_left_is_answered_by_its_own_account(
    chain: AllChannels, name: str, accounts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(_key: str, _conversation: str) -> None:
        """Records nothing."""

    backend = chain.backend(name)
    asked = {account: chain.platforms[account].user() for account in accounts.values()}
    with monkeypatch.context() as patched:
        patched.setattr(backend.messages, "answered", killed)
        for account, user in asked.items():
            # The same number everywhere, as above.
            chain.ask(account, user, chain.platforms[account].say(user, "can i talk to a person", id=f"left-{name}"))
    elsewhere = f"west.{secrets.token_hex(16)}"
    assert chain.assistant.wait(backend.messages.accept("1", elsewhere, {"key": "1", "user": "1", "address": "1", "text": "hi"}))
    left = {chain.conversation(account, user) for account, user in asked.items()} | {elsewhere}
    ours = PLATFORM_MESSAGES.c.sender_id.in_(left)
    release = PLATFORM_MESSAGES.update().where(ours).values(owner="gone", leased_until=0.0)
    database = conversation_store(chain.assistant.agent).database
    assert chain.assistant.wait(database.run(lambda connection: connection.execute(release).rowcount)) == len(left)
    before = {account: seen(chain, account, user) for account, user in asked.items()}

    assert chain.assistant.wait(chain.accounts[name].take_up(backend)) == len(left)
    chain.idle()
    for account, user in asked.items():
        assert seen(chain, account, user) == "\n".join(2 * [before[account]]), "the same answer once more"
        assert chain.platforms[account].shown[-1].to == user
    assert rows(chain, sqlalchemy.select(PLATFORM_MESSAGES.c.sender_id).where(ours)) == [(elsewhere,)], "waits for its account"
    assert chain.assistant.wait(chain.accounts[name].take_up(backend)) == 0


def test_a_rush_at_one_clinic_leaves_room_for_another(
    chain: AllChannels, name: str, accounts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started, gate = {"north": 0, "south": 0}, asyncio.Event()

    async def handle(message: Any) -> None:
        clinic = clinic_of(message.sender_id)
        started[clinic] += 1
        if clinic == "north":
            await gate.wait()

    monkeypatch.setattr(chain.assistant.agent, "handle_message", handle)
    crowd, one = chain.platforms[accounts["north"]], chain.platforms[accounts["south"]]
    rush = [crowd.say(crowd.user(), "does it hurt") for _ in range(3 * base.MAX_CONCURRENT_TURNS)]
    assert set(chain.deliver(accounts["north"], *rush)) == {200}
    user = one.user()
    assert chain.deliver(accounts["south"], one.say(user, "does it hurt")) == [200]

    async def answered() -> None:
        while not one.seen(user):
            await asyncio.sleep(0.02)

    chain.assistant.wait(asyncio.wait_for(answered(), 4))
    assert started == {"north": base.MAX_CONCURRENT_TURNS, "south": 1}
    gate.set()
    chain.idle()


@pytest.mark.parametrize("clinic", NO_ACCOUNTS, ids=ascii)
def test_what_is_no_account_is_not_there(chain: AllChannels, name: str, clinic: str) -> None:
    body, headers = chain.platforms[f"north.{name}"].say("1", "does it hurt")

    async def ask(method: str) -> int:
        address = URL(f"{chain.address}/{name}/{clinic}/webhook", encoded=True)
        async with aiohttp.ClientSession() as session, session.request(method, address, data=body, headers=headers) as answer:
            return answer.status

    assert [chain.assistant.wait(ask(method)) for method in ("POST", "GET")] == [404, 404]


def test_messenger_sets_up_each_address_with_its_own_token(chain: AllChannels) -> None:
    async def subscribe(account: str, token: str) -> int:
        asked = urlencode({"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "42"})
        address = f"{chain.address}/messenger/{chain.platforms[account].path}?{asked}"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            return answer.status

    tokens = {clinic: chain.platforms[f"{clinic}.messenger"].credentials()["verify_token"] for clinic in ("north", "south")}
    for clinic, token in tokens.items():
        for other in tokens:
            assert chain.assistant.wait(subscribe(f"{other}.messenger", token)) == (200 if other == clinic else 403)


def test_the_account_of_a_clinic_that_leaves_is_off_at_once(chain: AllChannels, name: str, accounts: dict[str, str]) -> None:
    clinics, file = chain.channels[accounts["north"]]._clinics, chain.folder / "north.yml"
    asked = {account: chain.platforms[account].say("1", "does it hurt") for account in accounts.values()}
    try:
        file.unlink()
        clinics.reload()
        statuses = {account: chain.deliver(account, request)[0] for account, request in asked.items()}
        assert statuses == {account: 404 if account == accounts["north"] else 200 for account in accounts.values()}
        file.write_text("consent_to_store: true\n")
        with pytest.raises(ClinicError, match=r"north\.\w+: consent_to_store in north\.yml"):
            clinics.reload()
    finally:
        file.write_text(yaml.safe_dump(CLINICS["north"]))
        clinics.reload()
    chain.idle()
    assert chain.deliver(accounts["north"], asked[accounts["north"]]) == [200]
    chain.idle()


def test_the_doctor_sees_each_account_and_what_belongs_to_nobody(chain: AllChannels) -> None:
    given = {"CLINICS_FOLDER": str(chain.folder), "TELEGRAM_TOKEN_NORTH": "1:x", "TELEGRAM_WEBHOOK_SECRET_NORTH": "s" * 20}
    assert [(found.level, found.text) for found in platforms(given)] == [(OK, "telegram has an account for north.")]
    assert not list(platforms({"CLINICS_FOLDER": str(chain.folder), "SESSION_SECRET_OLD": "x"}))
    nobodys, account = platforms({**given, "TELEGRAM_TOKEN_NROTH": "1:x"})
    assert (nobodys.level, account.level) == (WARNING, OK)
    assert "TELEGRAM_TOKEN_NROTH" in nobodys.text
    (half,) = platforms({"CLINICS_FOLDER": str(chain.folder), "SLACK_BOT_TOKEN_SOUTH": "x"})
    assert half.level == BROKEN
    assert "south.slack also needs SLACK_SIGNING_SECRET_SOUTH." in half.text
    (weak,) = platforms({**given, "TELEGRAM_WEBHOOK_SECRET_NORTH": "short"})
    assert "TELEGRAM_WEBHOOK_SECRET_NORTH" in weak.text


def test_no_log_line_of_an_account_has_its_secret(chain: AllChannels, name: str, caplog: Any) -> None:
    platform = chain.platforms[f"north.{name}"]
    chain.deliver(f"south.{name}", platform.say(platform.user(), "does it hurt canary"))
    assert f"south.{name}: refused a request" in caplog.text
    assert not any(word in caplog.text for word in ("canary", platform.secret, platform.token, "hurt"))
