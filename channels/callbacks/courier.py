"""Brings the clinic a request to be called back: by mail, or to its webhook, as `callback` in `clinic.yml` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from channels.callbacks.form import Form

DELIVERY_TIMEOUT = 30.0  # seconds for one attempt


class DeliveryError(Exception):
    """The clinic did not get it. The text says why, and nothing of what was to be delivered."""


@dataclass(frozen=True)
class Notice:
    """What we tell the clinic.

    Attributes:
        event: a request, or that one could not be delivered in time and is deleted.
        reference: what the visitor was told, too. The clinic can recognise by it what it got twice.
        clinic: the name of the clinic; it may be empty.
        form: what the visitor filled in; None if it could not be delivered.
    """

    event: Literal["requested", "undelivered"]
    reference: str
    clinic: str
    form: Form | None


class Courier(Protocol):
    """A way to the clinic."""

    async def deliver(self, notice: Notice) -> None:
        """Delivers a notice.

        Raises:
            DeliveryError: the clinic did not get it.
        """
