"""A courier that keeps what it delivered: a copy goes to the Sent folder, after the handover and beside it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from triage_bot.channels.imap_sent import SentFolder
from triage_bot.channels.mail_compose import compose
from triage_bot.channels.protocols import Courier
from triage_bot.core.messages import OutgoingMessage
from triage_bot.errors import PermanentFailure

log = logging.getLogger(__name__)


class KeepingCourier:
    def __init__(self, courier: Courier, sent: SentFolder) -> None:
        self.name = courier.name
        self._courier = courier
        self._sent = sent

    async def hand_over(self, message: OutgoingMessage, before_commitment: Callable[[], Awaitable[None]]) -> str:
        receipt = await self._courier.hand_over(message, before_commitment)
        if self._sent.takes_copies:
            written_at = datetime.fromisoformat(message.date) if message.date else datetime.now(UTC)
            try:
                copy = await asyncio.to_thread(compose, message) if message.files else compose(message)
            except PermanentFailure as failure:
                # It has left: only the copy is missing.
                log.warning("%s: no copy in the Sent folder: %s", self.name, failure)
            else:
                self._sent.keep(copy, written_at)
        return receipt

    async def close(self) -> None:
        await self._courier.close()
        await self._sent.close()
