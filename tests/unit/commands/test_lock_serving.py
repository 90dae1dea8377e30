"""The lock of a serving process: that of everything, without what serving.in leaves out."""

from __future__ import annotations

import pytest

from commands.lock_serving import LEFT_OUT, LOCK, SERVED, serving_lock

LOCKED = "# head\na==1 \\\n    --hash=sha256:aa\nbig==2 \\\n    --hash=sha256:bb\n"


def test_the_lock_is_the_one_of_everything_without_what_is_left_out() -> None:
    assert SERVED.read_text() == serving_lock(LOCK.read_text(), LEFT_OUT.read_text()), "run `make lock`"


def test_a_package_is_left_out_with_its_hashes() -> None:
    assert serving_lock(LOCKED, "# why\nbig\n") == "# head\na==1 \\\n    --hash=sha256:aa\n"


def test_a_package_that_is_not_locked_cannot_be_left_out() -> None:
    with pytest.raises(ValueError, match=r"serving\.in has bigg, which requirements\.txt does not have"):
        serving_lock(LOCKED, "bigg\n")
