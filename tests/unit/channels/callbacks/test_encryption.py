"""How requests are encrypted while they wait."""

from __future__ import annotations

import pytest

from channels.callbacks.encryption import DecryptionError, FormCipher
from channels.callbacks.form import Form
from runtime.clinic_errors import ClinicError

OLD, NEW = "o" * 32, "n" * 32
FORM: Form = {"name": "Jo Bell", "phone": "+1 212-555-0142", "email": "", "when": "morning"}


def test_nothing_can_be_read_without_the_key() -> None:
    sealed = FormCipher(OLD).encrypt(FORM)
    assert b"Bell" not in sealed
    assert FormCipher(OLD).decrypt(sealed) == FORM
    for content in (sealed[:-4] + b"AAAA", b"", b"x"):
        with pytest.raises(DecryptionError):
            FormCipher(OLD).decrypt(content)
    with pytest.raises(DecryptionError):
        FormCipher(NEW).decrypt(sealed)


def test_the_key_can_be_changed_while_requests_wait() -> None:
    both = FormCipher(f"{NEW}, {OLD}")
    assert both.decrypt(FormCipher(OLD).encrypt(FORM)) == FORM
    assert FormCipher(NEW).decrypt(both.encrypt(FORM)) == FORM


@pytest.mark.parametrize("secrets", ["", "short", f"{NEW},short"])
def test_a_short_key_is_refused(secrets: str) -> None:
    with pytest.raises(ClinicError, match="CALLBACK_SECRET"):
        FormCipher(secrets)
