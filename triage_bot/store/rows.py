"""Between rows and the values of the program: plain dicts in, frozen dataclasses out."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Row

from triage_bot.core.items import Event, Item, ItemState
from triage_bot.core.ledger import GivenPromise, PromiseState
from triage_bot.core.messages import Attachment, Cursor, IncomingMessage, Medium, OutgoingFile, OutgoingMessage
from triage_bot.core.promise import Promise
from triage_bot.core.reasons import Reason
from triage_bot.core.urgency import Urgency
from triage_bot.store.drafts import Entry, EntryDraft, EntryKind, EntryState, ItemDraft, StoredMessage
from triage_bot.store.types import cleaned

Values = dict[str, Any]

MOST_REFS = 50
MOST_ADDRESSES = 50
"""What is kept of each message for the replies to it."""

# Nothing that is written contains itself.
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def _encode_with(make: Callable[..., Callable[[object, int], Iterable[str]]] | None) -> Callable[[object], str]:
    """`encode` makes an encoder in C anew for each value, which costs as much as most values do: one serves them all,
    where there is any."""
    if make is None:
        return _encoder.encode
    write = make(None, _encoder.default, json.encoder.encode_basestring, None, ":", ",", False, False, True)
    return lambda value: "".join(write(value, 0))


_encode = _encode_with(getattr(json.encoder, "c_make_encoder", None))


def to_json(value: object) -> str:
    """What SQLAlchemy's JSON columns are written with. Escapes stand for control characters, so that only half
    surrogate pairs are left to clean."""
    return "[]" if value == [] else cleaned(_encode(value))


# Items


def item_of(row: Row[Any]) -> Item:
    values = dict(row._mapping)
    values["medium"] = Medium(values["medium"])
    values["state"] = ItemState(values["state"])
    values["urgency"] = Urgency(values["urgency"])
    values["because"] = _reasons_of(values["because"])
    return Item(**values)


def item_row(item: Item) -> Values:
    values: Values = dict(zip(_ITEM_FIELDS, _item_values(item), strict=True))
    values["medium"] = item.medium.value
    values["state"] = item.state.value
    values["urgency"] = item.urgency.value
    values["because"] = _reason_rows(item.because)
    return values


def new_item(draft: ItemDraft, item_id: int, thread_id: int, opened_at: datetime) -> Item:
    return Item(
        id=item_id,
        thread_id=thread_id,
        state=ItemState.OPEN,
        opened_at=opened_at,
        messages=1,
        **dict(zip(_DRAFT_FIELDS, _draft_values(draft), strict=True)),
    )


_ITEM_FIELDS = tuple(field.name for field in fields(Item))
_DRAFT_FIELDS = tuple(field.name for field in fields(ItemDraft))
_item_values, _draft_values = attrgetter(*_ITEM_FIELDS), attrgetter(*_DRAFT_FIELDS)


def _reason_rows(reasons: Iterable[Reason]) -> list[list[object]]:
    return [[reason.code, dict(reason.values)] for reason in reasons]


def _reasons_of(rows: list[tuple[str, dict[str, str]]]) -> tuple[Reason, ...]:
    return tuple(Reason(code, values) for code, values in rows)


def event_of(row: Row[Any]) -> Event:
    return Event(row.at, row.kind, row.detail)


def event_row(item_id: int, event: Event) -> Values:
    return {"item_id": item_id, "at": event.at, "kind": event.kind, "detail": dict(event.values)}


def promise_row(
    item_id: int, promise: Promise, sentence: str, zone: str, made_at: datetime, locale: str = ""
) -> Values:
    computed_from = {
        "received_at": promise.received_at.isoformat(),
        "answered_by": promise.answered_by,
        "because": _reason_rows(promise.because),
        "locale": locale,
    }
    return {
        "item_id": item_id,
        "made_at": made_at,
        "check_at": promise.check_at,
        "promise_at": promise.promise_at,
        "zone": zone,
        "sentence": sentence,
        "computed_from": computed_from,
        "state": PromiseState.OPEN.value,
    }


def given_promise_of(row: Row[Any]) -> GivenPromise:
    """A row of the ledger together with its item's `client`, `contact`, `contact_name`, `subject` and `excerpt`."""
    computed = row.computed_from
    return GivenPromise(
        id=row.id,
        item_id=row.item_id,
        client=row.client,
        contact=row.contact_name or row.contact,
        subject=row.subject,
        state=PromiseState(row.state),
        made_at=row.made_at,
        received_at=datetime.fromisoformat(computed["received_at"]),
        check_at=row.check_at,
        promise_at=row.promise_at,
        answered_by=computed["answered_by"],
        because=_reasons_of(computed["because"]),
        zone=row.zone,
        locale=computed.get("locale", ""),
        sentence=row.sentence,
        excerpt=row.excerpt,
    )


# Messages


def same_text_of(message: IncomingMessage) -> str:
    text, contact = message.text.strip(), message.contact
    if not text or not contact:
        return ""
    return hashlib.blake2b(f"{contact}\0{text}".encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def message_row(
    message: IncomingMessage,
    thread_id: int | None,
    item_id: int | None,
    recorded_at: datetime,
    decision: Mapping[str, Any],
    fingerprint: str,
    same_text: str,
) -> Values:
    return {
        "channel": message.channel,
        "key": message.key,
        "medium": message.medium.value,
        "thread_id": thread_id,
        "item_id": item_id,
        "contact": message.contact,
        "contact_name": message.header_from.name,
        "message_id": message.message_id,
        "fingerprint": fingerprint,
        "same_text": same_text,
        "received_at": message.received_at,
        "sent_at": message.sent_at,
        "recorded_at": recorded_at,
        "subject": message.subject,
        "attachments": [[each.filename, each.media_type, each.size] for each in message.attachments],
        "decision": dict(decision),
        "refs": list(message.refs[-MOST_REFS:]),
        "business": message.business,
        "album": list(message.album),
        "written_to": [address.addr for address in (*message.to, *message.cc)][:MOST_ADDRESSES],
        "text": message.text,
    }


def message_of(row: Row[Any]) -> StoredMessage:
    return StoredMessage(
        channel=row.channel,
        key=row.key,
        medium=Medium(row.medium),
        contact=row.contact,
        contact_name=row.contact_name,
        received_at=row.received_at,
        sent_at=row.sent_at,
        message_id=row.message_id,
        subject=row.subject,
        text=row.text,
        attachments=tuple(Attachment(*each) for each in row.attachments),
        decision=row.decision,
        refs=tuple(row.refs),
        business=row.business,
        album=tuple(row.album),
        deleted_at=row.deleted_at,
        written_to=tuple(row.written_to),
    )


def cursor_of(row: Row[Any]) -> Cursor:
    return Cursor(**row._mapping)


# The outbox


def entry_row(draft: EntryDraft, item_id: int | None, contact: str, created_at: datetime) -> Values:
    return {
        "kind": draft.kind.value,
        "courier": draft.courier,
        "recipient": draft.message.to,
        "item_id": item_id,
        "contact": contact,
        "domain": domain_of(contact),
        "message_id": draft.message.message_id,
        "state": EntryState.WAITING.value,
        "created_at": created_at,
        "due_at": draft.due_at,
        "next_at": draft.due_at,
        "drop_at": draft.drop_at,
        "leased_by": "",
        "attempts": 0,
        "receipt": "",
        "error": "",
        "message": {
            **dict(zip(_OUTGOING_FIELDS, _outgoing_values(draft.message), strict=True)),
            "files": [asdict(file) for file in draft.message.files],
        },
    }


def letter_row(entry_id: int, message: OutgoingMessage) -> Values:
    return {"id": entry_id, "text": message.text, "html": message.html}


def is_kept_as_it_is(message: OutgoingMessage) -> bool:
    """Whether nothing in it is changed when it is kept."""
    said = (message.to, message.text, message.html, message.subject, message.message_id, message.in_reply_to)
    together = "".join((*said, message.from_addr, message.from_name, *message.references))
    return cleaned(together) is together


_OUTGOING_FIELDS = tuple(field.name for field in fields(OutgoingMessage) if field.name not in ("text", "html"))
_outgoing_values = attrgetter(*_OUTGOING_FIELDS)


def domain_of(contact: str) -> str:
    """The domain of an address; "" for a chat."""
    return contact.partition("@")[2] if "@" in contact else ""


def entry_of(row: Row[Any]) -> Entry:
    """Of a row of `outbox.ENTRIES`."""
    message = dict(row.message)
    if row.text is not None:
        message["text"], message["html"] = row.text, row.html
    message["medium"] = Medium(message["medium"])
    message["references"] = tuple(message["references"])
    message["buttons"] = tuple(tuple(map(tuple, row)) for row in message.get("buttons", ()))
    message["files"] = tuple(OutgoingFile(**file) for file in message.get("files", ()))
    return Entry(
        id=row.id,
        kind=EntryKind(row.kind),
        courier=row.courier,
        message=OutgoingMessage(**message),
        state=EntryState(row.state),
        due_at=row.due_at,
        drop_at=row.drop_at,
        item_id=row.item_id,
        attempts=row.attempts,
        created_at=row.created_at,
        handed_over_at=row.handed_over_at,
        closed_at=row.closed_at,
        receipt=row.receipt,
        error=row.error,
    )
