"""What came in and what went out, as the servers saw it, held against what the program says of it."""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from tests.chaos.people import BUSY, WITH_QUOTA, mailbox_of, number_of, writer
from tests.kills.town import FIRST_CHAT
from triage_bot.core.items import ItemState
from triage_bot.store.drafts import EntryKind, EntryState
from triage_bot.store.store import Store
from triage_bot.store.tables import items, messages, outbox

if TYPE_CHECKING:
    from tests.chaos.city import City

HOUR = 3600.0


@dataclass
class Seen:
    """What the program has written down of one message of a client."""

    items: int = 0
    silence: str = ""
    answered: bool = False  # by her, who answers nobody here: what is in her folder for sent mail is the program's
    text: str = ""  # as it was read
    state: EntryState | None = None  # of its acknowledgement
    courier: str = ""


@dataclass
class Verdict:
    wrong: list[str] = field(default_factory=list)
    fates: "Counter[str]" = field(default_factory=Counter)


class Ledger:
    def __init__(self, city: "City") -> None:
        self._city = city
        self._taken_at: list[float] = []  # of each mail that the SMTP server has taken

    def taken(self, received: Sequence[Any]) -> None:
        self._taken_at += [time.monotonic()] * (len(received) - len(self._taken_at))

    # --- what was delivered ------------------------------------------------------------------------------------------

    def writers(self) -> dict[str, str]:
        """Every message of a client, by whom the client is: each wrote once."""
        city = self._city
        mails = {writer(number): f"mail {number}" for number in range(1, city.mails + 1)}
        return mails | {str(FIRST_CHAT + number): f"chat {number}" for number in range(1, city.chats + 1)}

    def acknowledged(self) -> "Counter[str]":
        """How often each was written to, by the account of the servers."""
        city = self._city
        found = Counter(recipient for mail in city.smtp.received for recipient in mail.recipients)
        for number in range(1, city.chats + 1):
            found[str(FIRST_CHAT + number)] = len(city.telegram.sent(FIRST_CHAT + number))
        return found

    def _acknowledged_at(self) -> dict[str, list[float]]:
        """The moments at which each domain, and each mailbox's courier, had something taken from it."""
        moments: dict[str, list[float]] = defaultdict(list)
        for mail, at in zip(self._city.smtp.received, self._taken_at, strict=True):
            for recipient in mail.recipients:
                moments[recipient.partition("@")[2]].append(at)
                moments[mailbox_of(number_of(recipient))].append(at)
        return moments

    # --- whether all is settled --------------------------------------------------------------------------------------

    def unsettled(self, windows: Sequence[datetime]) -> str:
        """What is still to happen, "" for nothing. `windows` are the check windows that have passed."""
        city = self._city
        seen = city.ask(self._seen)
        missing = [name for who, name in self.writers().items() if not seen[who].items]
        if missing:
            return f"not recorded: {missing[:20]}"
        if city.telegram.unconfirmed:
            return f"not confirmed to Telegram: {city.telegram.unconfirmed[:20]}"
        if moving := city.ask(self._moving):
            return f"still in the outbox: {moving[:20]}"
        if untold := city.ask(self._untold):
            return f"she was not told of {untold[:20]}"
        if windows and not self._told_of(windows[-1]):
            return f"no digest of {windows[-1]:%H:%M} UTC"
        return ""

    def _moving(self, store: Store) -> list[str]:
        waiting = (EntryState.WAITING, EntryState.HANDING_OVER)
        with store.database.reading() as connection:
            rows = connection.execute(select(outbox).where(outbox.c.state.in_(waiting))).all()
        return [f"{row.kind} {row.id} to {row.recipient}: {row.state}" for row in rows if not _is_held(row)]

    def _untold(self, store: Store) -> list[int | None]:
        """Of what trouble she knows nothing."""
        in_trouble = [entry.item_id for entry in (*store.doubtful_entries(), *store.failed_entries())]
        return [item_id for item_id in in_trouble if not self._city.is_told(item_id)]

    def _seen(self, store: Store) -> dict[str, Seen]:
        seen: dict[str, Seen] = defaultdict(Seen)
        with store.database.reading() as connection:
            for row in connection.execute(select(items.c.contact, items.c.silence, items.c.state)):
                seen[row.contact].items += 1
                seen[row.contact].silence = row.silence
                seen[row.contact].answered = row.state == ItemState.ANSWERED
            texts = select(messages.c.contact, func.substr(messages.c.text, 1, 80).label("text"))
            for message in connection.execute(texts):
                seen[message.contact].text = message.text
            acks = select(outbox.c.recipient, outbox.c.state, outbox.c.courier).where(outbox.c.kind == EntryKind.ACK)
            for ack in connection.execute(acks):
                seen[ack.recipient].state, seen[ack.recipient].courier = EntryState(ack.state), ack.courier
        return seen

    def _told_of(self, window: datetime) -> int:
        """How many digests of that check window she has got."""
        local = window.astimezone(self._city.zone)
        title = re.compile(rf"Przegląd 0?{local.hour}:{local.minute:02}\b")
        return sum(bool(title.search(text)) for text in self._city.phone)

    # --- the laws ----------------------------------------------------------------------------------------------------

    def judge(self, windows: Sequence[datetime]) -> Verdict:
        verdict = Verdict()
        seen, acknowledged, writers = self._city.ask(self._seen), self.acknowledged(), self.writers()
        verdict.wrong += [f"never delivered: {name}" for name in (seen.keys() | acknowledged.keys()) - writers.keys()]
        for who, name in writers.items():
            fate = self._fate(seen[who], acknowledged[who])
            if not re.search(rf"numer {name.split()[1]}\b", seen[who].text):
                fate = GARBLED
            if seen[who].answered:
                fate = ANSWERED
            verdict.fates[fate] += 1
            if fate not in FINE:
                verdict.wrong.append(f"{name} is {fate}: {seen[who]}, acknowledged {acknowledged[who]} times")
        verdict.wrong += self._limits_broken(seen)
        if untold := self._city.ask(self._untold):
            verdict.wrong.append(f"she was never told of {untold}")
        for window in windows:
            told = self._told_of(window)
            verdict.fates["digests"] += told
            if not told and window == windows[-1]:
                verdict.wrong.append(f"no digest of {window:%H:%M} UTC")
            elif not told:
                # Of several that were missed only the newest comes: it lists what they would have listed.
                verdict.fates["digests in the next one"] += 1
        return verdict

    def _fate(self, seen: Seen, acknowledged: int) -> str:
        if seen.items != 1:
            return LOST if seen.items == 0 else TWICE
        if acknowledged > 1:
            return TWICE
        match seen.state:
            case EntryState.SENT:
                return ACKNOWLEDGED if acknowledged else LOST
            case EntryState.IN_DOUBT:
                return DOUBT_ARRIVED if acknowledged else DOUBT_NOT_ARRIVED
            case EntryState.WAITING if seen.courier == WITH_QUOTA and not acknowledged:
                return HELD
            case None if seen.silence == "DOMAIN_HOUR" and not acknowledged:
                return LIMITED
        return FORGOTTEN if not acknowledged else UNKNOWN

    def _limits_broken(self, seen: dict[str, Seen]) -> list[str]:
        city, wrong = self._city, []
        for name, moments in self._acknowledged_at().items():
            most = city.per_hour if name == WITH_QUOTA else city.per_domain if name.endswith(".example") else None
            if most is not None and (reached := most_in_an_hour(moments)) > most:
                wrong.append(f"{name} had {reached} acknowledgements in an hour, and {most} are the most")
        limited = {who for who, was in seen.items() if was.silence == "DOMAIN_HOUR"}
        wrong += [f"{who} was limited without a reason" for who in limited if not who.endswith(f"@{BUSY}")]
        written = sum(was.state is not None for who, was in seen.items() if who.endswith(f"@{BUSY}"))
        if limited and written < city.per_domain:
            wrong.append(f"{BUSY} was limited after {written} acknowledgements already")
        return wrong


ACKNOWLEDGED = "acknowledged"
DOUBT_ARRIVED = "in doubt and arrived"
DOUBT_NOT_ARRIVED = "in doubt and not arrived"
HELD = "held back for the courier's limit"
LIMITED = "not acknowledged for the domain's limit"
ANSWERED = "taken for answered"
GARBLED = "not read as it was written"
LOST = "lost"
FORGOTTEN = "not acknowledged for no reason that there is"
UNKNOWN = "acknowledged, and the program says otherwise"
TWICE = "twice"
FINE = {ACKNOWLEDGED, DOUBT_ARRIVED, DOUBT_NOT_ARRIVED, HELD, LIMITED}


def most_in_an_hour(moments: Sequence[float]) -> int:
    """How many of them lie within an hour, where most do."""
    ordered = sorted(moments)
    return max((sum(0 <= at - first < HOUR for at in ordered) for first in ordered), default=0)


def _is_held(row: Any) -> bool:
    """Waits for its courier's hour to pass."""
    return bool(row.courier == WITH_QUOTA and row.state == EntryState.WAITING and not row.leased_by)
