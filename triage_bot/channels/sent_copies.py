"""A courier that keeps what it delivered: a copy goes to the Sent folder, after the handover and beside it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from triage_bot.channels.imap_sent import SentFolder
from triage_bot.channels.mail_compose import compose
from triage_bot.channels.protocols import Courier
from triage_bot.core.messages import OutgoingMessage


class KeepingCourier:
    def __init__(self, courier: Courier, sent: SentFolder) -> None:
        self.name = courier.name
        self._courier = courier
        self._sent = sent

    async def hand_over(self, message: OutgoingMessage, before_commitment: Callable[[], Awaitable[None]]) -> str:
        receipt = await self._courier.hand_over(message, before_commitment)
        if self._sent.is_wanted:
            written_at = datetime.fromisoformat(message.date) if message.date else datetime.now(UTC)
            self._sent.keep(compose(message), written_at)
        return receipt

    async def close(self) -> None:
        await self._courier.close()
        await self._sent.close()
