"""What was said to the program beside its configuration: paired chats, absences, pauses, bound contacts.

`KeepsStanding` is the part of `Store` that answers for it; as there, every method is one transaction.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from triage_bot.core.calendar_days import Vacation
from triage_bot.core.causes import Cause
from triage_bot.core.items import ACTIVE
from triage_bot.core.standing import Deed, PairedDesk, Standing
from triage_bot.store import deeds
from triage_bot.store import items as queue
from triage_bot.store import outbox as entries
from triage_bot.store.desk_tables import away, bindings, desks, pairing_codes
from triage_bot.store.drafts import EntryDraft, EntryKind, EntryState
from triage_bot.store.rows import Values
from triage_bot.store.tables import (
    constant,
    is_unfinished,
    is_waiting,
    items,
    meta,
    outbox,
    threads,
)
from triage_bot.store.transactions import Transactions
from triage_bot.store.types import Moment

PAUSED = "paused:"
TRIED = "pairing_tried:"
"""What the names of rows in `meta` begin with."""
TRIES_COUNT_FOR = timedelta(hours=1)


class KeepsStanding(Transactions):
    def standing(self) -> Standing:
        """All of it that counts at present."""
        with self._read() as connection:
            return _standing(connection)

    # Desks

    def offer_pairing(self, code_hash: str, assistant: str, at: datetime, expires_at: datetime) -> None:
        """The code of that hash pairs a chat with her, once; what expired before `at` is forgotten."""
        with self._write() as connection:
            connection.execute(delete(pairing_codes).where(pairing_codes.c.expires_at <= at))
            row = {"code_hash": code_hash, "assistant": assistant, "expires_at": expires_at}
            connection.execute(insert(pairing_codes), row)

    def pairing_for(self, code_hash: str, at: datetime) -> str | None:
        """The name of the assistant whom the code pairs; None for a wrong code, or one that expired."""
        with self._read() as connection:
            named: str | None = connection.execute(_OFFERED, {"of_hash": code_hash, "at": at}).scalar_one_or_none()
        return named

    def pair(self, code_hash: str, chat_id: int, entries_to_her: Sequence[EntryDraft], at: datetime) -> bool:
        """Use the code up and make the chat her desk; False, and nothing done, if the code is no longer good."""
        with self._write() as connection:
            named = connection.execute(_OFFERED, {"of_hash": code_hash, "at": at}).scalar_one_or_none()
            if named is None:
                return False
            # The others that were printed for her too: whoever finds one must not take the desk away from her.
            connection.execute(delete(pairing_codes).where(pairing_codes.c.assistant == named))
            connection.execute(delete(desks).where((desks.c.assistant == named) | (desks.c.chat_id == chat_id)))
            connection.execute(insert(desks), {"assistant": named, "chat_id": chat_id, "paired_at": at})
            entries.add(connection, entries_to_her, None, at)
        return True

    def forget_desk(self, assistant: str) -> bool:
        """Her paired chat is none any more, and codes that were printed for her are no longer good."""
        with self._write() as connection:
            connection.execute(delete(pairing_codes).where(pairing_codes.c.assistant == assistant))
            return connection.execute(delete(desks).where(desks.c.assistant == assistant)).rowcount > 0

    def note_wrong_code(
        self, chat_id: int, update_id: int, answer: Sequence[EntryDraft], most: int, at: datetime
    ) -> bool:
        """A chat sent a wrong code. The answer goes out unless it sent `most` within the hour before; the same update
        counts once. False where nothing is answered."""
        with self._write() as connection:
            old = [row.name for row in _rows(connection, TRIED) if at - _moment(row.value) >= TRIES_COUNT_FOR]
            if old:
                connection.execute(delete(meta).where(meta.c.name.in_(old)))
            tried = [row.name for row in _rows(connection, f"{TRIED}{chat_id}:")]
            name = f"{TRIED}{chat_id}:{update_id}"
            if name in tried or len(tried) >= most:
                return False
            connection.execute(insert(meta), {"name": name, "value": at.isoformat()})
            entries.add(connection, answer, None, at)
        return True

    # Absences

    def announce_away(
        self, assistant: str, first_on: date, last_on: date, text: str, at: datetime, once: str = ""
    ) -> int:
        """She is away on these days, both included; 0 for what was said before under the same `once`. Raises
        ValueError if they run backwards."""
        if last_on < first_on:
            raise ValueError(f"an absence from {first_on} to {last_on} ends before it starts")
        row = {
            "assistant": assistant,
            "first_on": first_on.isoformat(),
            "last_on": last_on.isoformat(),
            "text": text,
            "said_at": at,
        }
        with self._write() as connection:
            if deeds.was_done(connection, once):
                return 0
            made = connection.execute(insert(away), row).inserted_primary_key
            number = int(made[0]) if made else 0
            said = {"id": number, "first_on": row["first_on"], "last_on": row["last_on"]}
            deeds.note(connection, Deed.AWAY, assistant, at, once, said)
        return number

    def come_back(self, assistant: str, today_on: date, at: datetime, once: str = "") -> Vacation | None:
        """End her absence that runs today, as of yesterday; where none runs, take back the next one. Returns it as it
        was announced, None where there was none."""
        with self._write() as connection:
            if (done := deeds.done(connection, once)) is not None:
                return _days(done.before)
            row = connection.execute(_AHEAD, {"of_assistant": assistant, "today": today_on.isoformat()}).first()
            if row is None:
                return None
            yesterday_on = (today_on - timedelta(days=1)).isoformat()
            kept = min(row.last_on, yesterday_on)  # a day before the first one, for an absence that never began
            values = {"of_id": row.id, "last_on": kept, "ended_at": at}
            connection.execute(_END, values)
            was = {"id": row.id, "first_on": row.first_on, "last_on": row.last_on}
            deeds.note(connection, Deed.BACK, assistant, at, once, was)
            return _vacation(row)

    def absences(self, assistant: str, today_on: date) -> list[Vacation]:
        """Hers that run today or lie ahead, in their order."""
        with self._read() as connection:
            rows = connection.execute(_AHEAD, {"of_assistant": assistant, "today": today_on.isoformat()})
            return [_vacation(row) for row in rows]

    def pause(self, assistant: str, at: datetime, once: str = "") -> bool:
        """Nobody of hers is acknowledged until `resume`. False if it was so already."""
        with self._write() as connection:
            if _paused_since(connection, assistant):
                return False
            connection.execute(insert(meta), {"name": f"{PAUSED}{assistant}", "value": at.isoformat()})
            deeds.note(connection, Deed.PAUSE, assistant, at, once, {})
        return True

    def withdraw_acknowledgements(self, clients: Collection[str], at: datetime) -> int:
        """Drop those to these clients that still wait; returns how many. "" stands for strangers."""
        with self._write() as connection:
            waiting = list(connection.execute(_UNSAID, {"clients": list(clients)}).scalars())
            for entry_id in waiting:
                entries.close(connection, entry_id, EntryState.DROPPED, at, Cause.PAUSED)
        return len(waiting)

    def resume(self, assistant: str, at: datetime, once: str = "") -> bool:
        """False if nothing was paused."""
        with self._write() as connection:
            since = _paused_since(connection, assistant)
            if not since:
                return False
            connection.execute(delete(meta).where(meta.c.name == f"{PAUSED}{assistant}"))
            deeds.note(connection, Deed.RESUME, assistant, at, once, {"since": since})
        return True

    # Contacts

    def bind(
        self,
        channel: str,
        contact: str,
        client: str,
        at: datetime,
        *,
        assistant: str = "",
        once: str = "",
        item_id: int | None = None,
    ) -> None:
        """From now on this contact is that client's, "" for somebody who is to be left alone. What waits of it, and its
        threads, become the client's too. `assistant` is who did it, and can take it back; `item_id` is what she saw of
        the contact."""
        with self._write() as connection:
            if deeds.was_done(connection, once):
                return
            before = _bound_to(connection, channel, contact)
            if before == client:
                return
            _bind(connection, channel, contact, client, at)
            if assistant:
                said = {"channel": channel, "contact": contact, "client": client, "before": before}
                deeds.note(connection, Deed.BIND, assistant, at, once, said, item_id=item_id)

    def unbind(self, channel: str, contact: str, at: datetime) -> bool:
        """The contact is nobody's again, as far as a button made it somebody's."""
        with self._write() as connection:
            gone = connection.execute(_UNBIND, {"of_channel": channel, "of_contact": contact}).rowcount > 0
            if gone:
                _give(connection, channel, contact, "")
                for row in deeds.bound(connection, channel, contact):
                    deeds.note_undone(connection, row, at, "")
            return gone


def take_back(connection: Connection, deed: Deed, assistant: str, before: Values, at: datetime) -> bool:
    """What was said is as it was before the deed; False, and nothing done, where it has become something else since."""
    if deed is Deed.AWAY:
        mine = (away.c.id == before["id"]) & away.c.ended_at.is_(None)
        return connection.execute(delete(away).where(mine)).rowcount > 0
    if deed is Deed.BACK:
        values = {"of_id": before["id"], "last_on": before["last_on"], "ended_at": None}
        return connection.execute(_END, values).rowcount > 0
    if deed is Deed.PAUSE:
        return connection.execute(delete(meta).where(meta.c.name == f"{PAUSED}{assistant}")).rowcount > 0
    if deed is Deed.RESUME:
        if _paused_since(connection, assistant):
            return False
        connection.execute(insert(meta), {"name": f"{PAUSED}{assistant}", "value": before["since"]})
        return True
    if deed is Deed.BIND:
        channel, contact = before["channel"], before["contact"]
        if _bound_to(connection, channel, contact) != before["client"]:
            return False
        connection.execute(_UNBIND, {"of_channel": channel, "of_contact": contact})
        if before["before"] is not None:
            connection.execute(insert(bindings), _binding(channel, contact, before["before"], at))
        for item_id in _waiting(connection, channel, contact):
            queue.tell(connection, item_id, at, "taken back", what="bound")
        _give(connection, channel, contact, before["before"] or "")
        return True
    return True  # nothing of it stands here


def _bind(connection: Connection, channel: str, contact: str, client: str, at: datetime) -> None:
    connection.execute(_UNBIND, {"of_channel": channel, "of_contact": contact})
    connection.execute(insert(bindings), _binding(channel, contact, client, at))
    for item_id in _waiting(connection, channel, contact):
        if client:
            queue.tell(connection, item_id, at, "bound", text=client)
    _give(connection, channel, contact, client)


def _binding(channel: str, contact: str, client: str, at: datetime) -> Values:
    return {"channel": channel, "contact": contact, "client": client, "bound_at": at}


def _bound_to(connection: Connection, channel: str, contact: str) -> str | None:
    found: str | None = connection.execute(_BOUND, {"of_channel": channel, "of_contact": contact}).scalar_one_or_none()
    return found


def _waiting(connection: Connection, channel: str, contact: str) -> Sequence[int]:
    return connection.execute(_WAIT, {"of_channel": channel, "of_contact": contact}).scalars().all()


def _paused_since(connection: Connection, assistant: str) -> str:
    return next((row.value for row in _rows(connection, f"{PAUSED}{assistant}", exactly=True)), "")


def speak_to_again(connection: Connection, channel: str, contact: str) -> None:
    """A contact that was to be left alone is an unknown one again."""
    connection.execute(_NOT_ALONE, {"of_channel": channel, "of_contact": contact})


def _standing(connection: Connection) -> Standing:
    absences: dict[str, tuple[Vacation, ...]] = {}
    for row in connection.execute(_SAID):
        absences[row.assistant] = (*absences.get(row.assistant, ()), _vacation(row))
    return Standing(
        desks={row.assistant: PairedDesk(row.chat_id, row.paired_at) for row in connection.execute(select(desks))},
        away=absences,
        paused={row.name.removeprefix(PAUSED): _moment(row.value) for row in _rows(connection, PAUSED)},
        bindings={(row.channel, row.contact): row.client for row in connection.execute(select(bindings))},
    )


def _rows(connection: Connection, prefix: str, *, exactly: bool = False) -> Sequence[Any]:
    named = meta.c.name == prefix if exactly else meta.c.name.startswith(prefix, autoescape=True)
    return connection.execute(select(meta).where(named)).all()


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _days(said: Values) -> Vacation:
    return Vacation(date.fromisoformat(said["first_on"]), date.fromisoformat(said["last_on"]))


def _vacation(row: Any) -> Vacation:
    return Vacation(date.fromisoformat(row.first_on), date.fromisoformat(row.last_on), row.text)


def _give(connection: Connection, channel: str, contact: str, client: str) -> None:
    of_contact = {"of_channel": channel, "of_contact": contact, "client": client}
    connection.execute(_GIVE_ITEMS, of_contact)
    connection.execute(_GIVE_THREADS, of_contact)


_OFFERED = select(pairing_codes.c.assistant).where(
    pairing_codes.c.code_hash == bindparam("of_hash"), pairing_codes.c.expires_at > bindparam("at", type_=Moment)
)
# ISO dates compare as their days do. One that was ended before it began says nothing any more.
_SAID = select(away).where(away.c.last_on >= away.c.first_on).order_by(away.c.id.desc())
_AHEAD = (
    select(away)
    .where(
        away.c.assistant == bindparam("of_assistant"), away.c.last_on >= bindparam("today"), away.c.ended_at.is_(None)
    )
    .order_by(away.c.first_on, away.c.id)
)
_END = update(away).where(away.c.id == bindparam("of_id"))
_UNBIND = delete(bindings).where(
    bindings.c.channel == bindparam("of_channel"), bindings.c.contact == bindparam("of_contact")
)
_BOUND = select(bindings.c.client).where(
    bindings.c.channel == bindparam("of_channel"), bindings.c.contact == bindparam("of_contact")
)
_NOT_ALONE = _UNBIND.where(bindings.c.client == "")
_WAIT = select(items.c.id).where(
    items.c.channel == bindparam("of_channel"),
    items.c.contact == bindparam("of_contact"),
    items.c.state.in_([state.value for state in ACTIVE]),
)
_GIVE_ITEMS = update(items).where(
    items.c.channel == bindparam("of_channel"),
    items.c.contact == bindparam("of_contact"),
    items.c.state.in_([state.value for state in ACTIVE]),
)
_GIVE_THREADS = update(threads).where(
    threads.c.channel == bindparam("of_channel"), threads.c.contact == bindparam("of_contact")
)
_UNSAID = (
    select(outbox.c.id)
    .join(items, outbox.c.item_id == items.c.id)
    .where(
        is_unfinished,
        is_waiting,
        outbox.c.kind == constant(EntryKind.ACK),
        outbox.c.leased_by == "",
        items.c.client.in_(bindparam("clients", expanding=True)),
    )
)
