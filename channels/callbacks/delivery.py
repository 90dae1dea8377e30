"""Delivers callback requests: right away, again later if that fails, and not at all after three days."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping

from channels.callbacks.courier import DELIVERY_TIMEOUT, Courier, DeliveryError, Notice
from channels.callbacks.encryption import DecryptionError, FormCipher
from channels.callbacks.intake import courier_for
from components.storage.callbacks import CallbackStore, StoredCallback
from components.storage.errors import StoreUnavailableError
from runtime.clinics import Clinics
from runtime.environment import setting
from runtime.metrics import CALLBACKS

logger = logging.getLogger(__name__)
MAX_AGE = 72 * 60 * 60.0  # seconds that we keep a request
ROUND_INTERVAL = 5.0  # seconds
# Seconds until the next attempt: the first pause, doubled each time. An attempt never takes that long, so no two overlap.
FIRST_PAUSE, MAX_PAUSE = 4 * DELIVERY_TIMEOUT, 60 * 60.0


def pause(attempts: int) -> float:
    """Returns the seconds from one attempt to the next, after so many earlier ones."""
    return min(FIRST_PAUSE * 2 ** min(attempts, 10), MAX_PAUSE)


class CallbackDelivery:
    """Delivers what is stored. Several processes may do so at once: each attempt belongs to one of them."""

    def __init__(
        self,
        store: CallbackStore,
        cipher: FormCipher | None,
        courier: Callable[[str], Courier | None],
        clinics: Clinics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Sets up the delivery.

        Args:
            store: the requests.
            cipher: decrypts them.
            courier: returns what delivers to a clinic. If that is None, or there is no cipher, requests only expire.
            clinics: the clinics, by id.
            clock: returns the time in seconds since 1970.
        """
        self._store, self._cipher, self._courier, self._clinics, self._clock = store, cipher, courier, clinics, clock

    async def run(self) -> None:
        """Delivers what is due every few seconds. Never returns."""
        while True:
            try:
                await self.deliver_due()
            except StoreUnavailableError:
                pass  # the store has logged it
            except Exception as error:
                logger.error("A round of deliveries failed: %s", type(error).__name__)
            await asyncio.sleep(ROUND_INTERVAL)

    async def deliver_due(self) -> None:
        """Tries once to deliver each request that is due, and gives up those that are too old.

        Raises:
            StoreUnavailableError: the store failed. Whatever was claimed is due again later.
        """
        # All at once, so that nobody waits for a clinic that does not answer.
        await asyncio.gather(*map(self._handle, await self._store.due(self._clock())))

    async def _handle(self, row: StoredCallback) -> None:
        now = self._clock()
        if row.content is not None and now - row.timestamp >= MAX_AGE:
            await self._expire(row, now)
        elif await self._store.claim(row, until=now + pause(row.attempts)):
            await self._attempt(row)

    async def _expire(self, row: StoredCallback, now: float) -> None:
        if await self._store.expire(row, now):
            logger.error("A request to be called back by %s could not be delivered within 72 hours, and is deleted.", row.clinic)
            CALLBACKS.labels("expired").inc()

    async def _attempt(self, row: StoredCallback) -> None:
        try:
            await self._deliver(row)
        except (DeliveryError, DecryptionError) as error:
            reason = str(error) or type(error).__name__
            attempt = row.attempts + 1
            logger.warning("Attempt %d to deliver a request to be called back by %s failed: %s", attempt, row.clinic, reason)
            CALLBACKS.labels("failed").inc()
            return
        await self._store.delete(row)
        if row.content is not None:
            CALLBACKS.labels("delivered").inc()

    async def _deliver(self, row: StoredCallback) -> None:
        courier, name = self._courier(row.clinic), self._clinics.of(row.clinic).name
        if not courier or not self._cipher:
            raise DeliveryError("the clinic's file has no callback")
        if row.content is None:
            notice = Notice("undelivered", row.reference, name, None)
        else:
            notice = Notice("requested", row.reference, name, self._cipher.decrypt(row.content))
        await courier.deliver(notice)


def delivery_for(clinics: Clinics, store: CallbackStore, environment: Mapping[str, str] = os.environ) -> CallbackDelivery:
    """Returns the delivery of all clinics' requests. If a clinic no longer takes any, those that are left expire."""
    secret = setting("CALLBACK_SECRET", environment)

    def courier(clinic_id: str) -> Courier | None:
        # We deliver nothing for a clinic whose file is gone, even if other clinics take requests.
        return courier_for(clinic_id, clinics.of(clinic_id), environment) if clinic_id in clinics else None

    return CallbackDelivery(store, FormCipher(secret) if secret else None, courier, clinics)
