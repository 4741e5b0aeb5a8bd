"""An assistant who is told of trouble, without the servers: what the program would tell her lies in its outbox."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from triage_bot.acknowledging import Correspondence
from triage_bot.clock import HandClock
from triage_bot.config.model import DeskSettings
from triage_bot.health import Health
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer
from triage_bot.troubles import Troubles

MOST_AN_HOUR: int = DeskSettings.model_fields["alerts_per_hour"].default
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


class Her:
    """The assistant, whose program has been started some times on one database."""

    def __init__(self, store: Store, writer: Writer, correspondence: Correspondence) -> None:
        self.clock = HandClock(NOW)
        self.store = store
        self.writes_to: set[str] = set()  # the chats in which she was told something
        self._parts = writer, correspondence

    def health(self) -> Health:
        """That of one more start, or of one more worker."""
        return Health(self.clock, self.troubles(), desk="telegram")

    def troubles(self, most_an_hour: int = MOST_AN_HOUR) -> Troubles:
        writer, correspondence = self._parts
        return Troubles(self.store, writer, self.clock, correspondence, ring=lambda: None, most_an_hour=most_an_hour)

    def without_chats(self) -> Troubles:
        """Where no assistant has a chat."""
        writer, correspondence = self._parts
        return Troubles(
            self.store,
            writer,
            self.clock,
            replace(correspondence, desk=""),
            ring=lambda: None,
            most_an_hour=MOST_AN_HOUR,
        )

    def hears(self) -> list[str]:
        """What is new to her."""
        heard = []
        while entries := self.store.claim(["telegram"], self.clock.now(), 99, timedelta(days=1), "test"):
            self.store.advance([(entry.id, self.clock.now(), "1") for entry in entries], [])
            heard += [entry.message.text for entry in entries]
            self.writes_to |= {entry.message.to for entry in entries}
        return heard
