"""A courier that is used beside the outbox too, and so is not closed by it."""

from triage_bot.channels.protocols import Courier


class StaysOpen:
    def __init__(self, courier: Courier) -> None:
        self.name = courier.name
        self.hand_over = courier.hand_over

    async def close(self) -> None:
        """Its owner does."""
