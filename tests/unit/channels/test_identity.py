"""Only our own tokens count, only for their time, and only at their clinic."""

from __future__ import annotations

import pytest
from itsdangerous import TimestampSigner

from channels.identity import Pseudonyms, Sessions
from runtime.clinic import Clinic
from runtime.clinic_errors import ClinicError
from runtime.clinics import clinic_of
from runtime.limits import MAX_SESSION_AGE
from tests.support.clinics import only, several

KEY = "k" * 40
NOON = 1_800_000_000.0  # seconds since 1970


@pytest.fixture
def sessions() -> Sessions:
    return Sessions(KEY, only(Clinic(name="Ours")))


def sessions_at(moment: float) -> Sessions:
    return Sessions(KEY, only(Clinic(name="Ours")), lambda: moment)


def test_a_token_gives_back_its_conversation_and_its_time() -> None:
    first, second = (at_noon.conversation(at_noon.mint()) for at_noon in (sessions_at(NOON), sessions_at(NOON + 0.9)))
    assert first[1] == second[1] == NOON
    assert first[0] != second[0]
    assert all(len(sender) == 32 and int(sender, 16) >= 0 for sender, _ in (first, second))


def test_a_token_is_signed_as_the_library_signs(sessions: Sessions) -> None:
    signer = TimestampSigner(KEY, salt="web-session Ours")
    assert signer.unsign(sessions.mint(), max_age=60)
    assert sessions.conversation(signer.sign("a" * 32).decode())[0] == "a" * 32


@pytest.mark.parametrize(
    ("age", "max_age", "counts"),
    [
        (0, MAX_SESSION_AGE, True), (MAX_SESSION_AGE, MAX_SESSION_AGE, True), (MAX_SESSION_AGE + 1, MAX_SESSION_AGE, False),
        (MAX_SESSION_AGE + 1, 2 * MAX_SESSION_AGE, True), (-3600, MAX_SESSION_AGE, True),
    ],
)  # fmt: skip
def test_a_token_ends_by_age_and_not_when_a_clock_goes_back(age: int, max_age: int, counts: bool) -> None:
    token, later = sessions_at(NOON).mint(), sessions_at(NOON + age)
    if counts:
        assert later.conversation(token, max_age)[1] == NOON
    else:
        with pytest.raises(PermissionError):
            later.conversation(token, max_age)


@pytest.mark.parametrize("token", [None, 3, ["x"], {}, b"x", "", "x", "a.b.c", "\ud800", "x" * 10_000])
def test_what_is_no_token_is_refused(sessions: Sessions, token: object) -> None:
    with pytest.raises(PermissionError):
        sessions.conversation(token)


def test_no_part_of_a_token_can_be_changed(sessions: Sessions) -> None:
    token = sessions.mint()
    for place in range(len(token) - 1):  # of the last character, two bits do not count
        other = "b" if token[place] == "a" else "a"
        with pytest.raises(PermissionError):
            sessions.conversation(token[:place] + other + token[place + 1 :])


def test_a_token_counts_with_its_key_and_at_its_clinic_only(sessions: Sessions) -> None:
    token = sessions.mint()
    for other in (Sessions(KEY, only(Clinic(name="Theirs"))), Sessions("x" * 40, only(Clinic(name="Ours")))):
        with pytest.raises(PermissionError):
            other.conversation(token)


def test_a_token_names_its_clinic_and_counts_for_no_other() -> None:
    both = Sessions(KEY, several({"north": Clinic(name="Glow"), "north-west": Clinic(name="Glow")}))
    token = both.mint("north")
    sender, _ = both.conversation(token)
    assert clinic_of(sender) == "north"
    for forged in (token.replace("north", "north-west"), token.removeprefix("north."), f"north-west.{token}", f"../{token}"):
        with pytest.raises(PermissionError):
            both.conversation(forged)
    with pytest.raises(PermissionError):
        Sessions(KEY, several({"north-west": Clinic(name="Glow")})).conversation(token)
    assert Sessions(KEY, several({"north": Clinic(name="Renamed")})).conversation(token)[0] == sender


def test_the_one_clinic_keeps_its_sessions_when_others_join_it() -> None:
    ours = Clinic(name="Ours")
    token = Sessions(KEY, only(ours)).mint()
    sender, _ = Sessions(KEY, several({"clinic": ours, "north": Clinic()})).conversation(token)
    assert clinic_of(sender) == "clinic"


@pytest.mark.parametrize("secret", ["", "short", "k" * 31])
def test_a_short_secret_is_refused(secret: str) -> None:
    with pytest.raises(ClinicError, match="SESSION_SECRET"):
        Sessions(secret, only(Clinic()))
    with pytest.raises(ClinicError, match="SESSION_SECRET"):
        Pseudonyms(secret, "telegram")


def test_a_pseudonym_stays_the_same_and_differs_by_user_channel_and_key() -> None:
    names = {
        Pseudonyms(key, channel).conversation(user)
        for key in (KEY, "x" * 40) for channel in ("telegram", "whatsapp") for user in ("1", "2", "\ud800")
    }  # fmt: skip
    assert len(names) == 12
    assert Pseudonyms(KEY, "telegram").conversation("1") == "af4ba3492c3f61ff1f4ef7a11844372a", "nobody's chat may be lost"
    assert Pseudonyms(KEY, "telegram").conversation("1") in names
    assert all(len(name) == 32 for name in names)


def test_a_pseudonym_is_of_its_clinic_and_tells_nothing_about_another() -> None:
    names = {clinic: Pseudonyms(KEY, "telegram", clinic).conversation("1") for clinic in ("clinic", "north", "north-west")}
    assert {clinic_of(name): clinic for clinic, name in names.items()} == {clinic: clinic for clinic in names}
    assert len({name.rpartition(".")[2] for name in names.values()}) == len(names)
    assert names["clinic"] == Pseudonyms(KEY, "telegram").conversation("1")


def test_tokens_of_the_secret_before_count_while_it_is_named() -> None:
    token, clinic = Sessions(KEY, only(Clinic(name="Ours"))).mint(), only(Clinic(name="Ours"))
    changed = Sessions("n" * 40, clinic, old_secret=KEY)
    assert changed.conversation(token)[0]
    with pytest.raises(PermissionError):
        Sessions("n" * 40, clinic).conversation(token)
    with pytest.raises(PermissionError):
        Sessions(KEY, clinic).conversation(changed.mint())
    with pytest.raises(ClinicError, match="SESSION_SECRET"):
        Sessions("n" * 40, clinic, old_secret="short")
