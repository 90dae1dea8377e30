"""The ways to deliver callback requests to a clinic, by mail or to its webhook, as `callback` in `clinic.yml` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from channels.callbacks.form import Form

DELIVERY_TIMEOUT = 30.0  # seconds for one attempt


class DeliveryError(Exception):
    """The clinic did not get it. The text says why, but has nothing that the visitor filled in."""


@dataclass(frozen=True)
class Notice:
    """What we tell the clinic.

    Attributes:
        event: whether it is a request, or says that one could not be delivered in time and was deleted.
        reference: the visitor saw it, too. If the clinic gets a request twice, it can tell by the reference.
        clinic: the name of the clinic; it may be empty.
        form: what the visitor filled in; None if it could not be delivered.
    """

    event: Literal["requested", "undelivered"]
    reference: str
    clinic: str
    form: Form | None


class Courier(Protocol):
    """Delivers to one clinic."""

    async def deliver(self, notice: Notice) -> None:
        """Delivers a notice.

        Raises:
            DeliveryError: the clinic did not get it.
        """
