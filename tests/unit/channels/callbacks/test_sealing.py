"""How requests are encrypted while they wait."""

from __future__ import annotations

import pytest

from channels.callbacks.form import Form
from channels.callbacks.sealing import Sealer, SealError

OLD, NEW = "o" * 32, "n" * 32
FORM: Form = {"name": "Jo Bell", "phone": "+1 212-555-0142", "email": "", "when": "morning"}


def test_nothing_can_be_read_without_the_key() -> None:
    sealed = Sealer(OLD).seal(FORM)
    assert b"Bell" not in sealed
    assert Sealer(OLD).unseal(sealed) == FORM
    for content in (sealed[:-4] + b"AAAA", b"", b"x"):
        with pytest.raises(SealError):
            Sealer(OLD).unseal(content)
    with pytest.raises(SealError):
        Sealer(NEW).unseal(sealed)


def test_the_key_can_be_changed_while_requests_wait() -> None:
    both = Sealer(f"{NEW}, {OLD}")
    assert both.unseal(Sealer(OLD).seal(FORM)) == FORM
    assert Sealer(NEW).unseal(both.seal(FORM)) == FORM


@pytest.mark.parametrize("secrets", ["", "short", f"{NEW},short"])
def test_a_short_key_is_refused(secrets: str) -> None:
    with pytest.raises(ValueError, match="CALLBACK_SECRET"):
        Sealer(secrets)
