"""What the buttons of the desk carry, and which stand under an item.

"<verb>:<item id>[:<argument>]", at most 64 bytes (Bot API, `callback_data`). A button lives as long as its message:
whoever reads one must expect that the item has moved on since, or that another version of the program wrote it.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from triage_bot.core.directory import STRANGER
from triage_bot.core.items import ACTIVE, Item, ItemState
from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Locale
from triage_bot.templates import Templates

LONGEST_DATA = 64
LABEL_LIMIT = 40
MOST_SUGGESTIONS = 3

Button = tuple[str, str]
Row = tuple[Button, ...]
Rows = tuple[Row, ...]

_DATA = re.compile(r"(?P<verb>[a-z]{2,12}):(?P<item>\d{1,15})(?::(?P<argument>[\w.+-]{0,40}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Press:
    verb: str
    item_id: int  # 0 where it is about none
    argument: str = ""


def carried(verb: str, item_id: int = 0, argument: str = "") -> str:
    """Raises ValueError for what no button can carry."""
    data = f"{verb}:{item_id}:{argument}" if argument else f"{verb}:{item_id}"
    if _DATA.fullmatch(data) is None or len(data.encode()) > LONGEST_DATA:
        raise ValueError(f"no button can carry {data!r}")
    return data


def read(data: str) -> Press:
    """Raises ValueError for what is none of ours."""
    found = _DATA.fullmatch(data)
    if found is None:
        raise ValueError(f"{data!r} is not carried by a button of ours")
    return Press(found["verb"], int(found["item"]), found["argument"] or "")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which buttons an item gets beyond those that its state decides."""

    stranger: bool = False  # nobody knows who wrote
    exception: bool = False  # she is outside the hours that were agreed
    late: bool = False  # the client waits on a promise
    details: bool = False
    unread: bool = False  # lies in her own account, where it counts as unread
    undo: str = ""  # the update that did what can be taken back
    back: str = ""  # what the button to the list carries

    @classmethod
    def of(cls, item: Item, *, is_working: bool, unread: bool = False, undo: str = "", back: str = "") -> "Choice":
        """`is_working`: the hours that were agreed with the item's client."""
        is_stranger = item.client == STRANGER
        return cls(
            stranger=is_stranger,
            exception=not is_working,
            late=item.promise_at is not None and item.state in (ItemState.OPEN, ItemState.SNOOZED),
            details=not is_stranger,
            unread=unread,
            undo=undo,
            back=back,
        )


def card_buttons(templates: Templates, locale: Locale, item: Item, choice: Choice) -> Rows:
    """The rows under a single item."""

    def button(verb: str, argument: str = "", **values: str) -> Button:
        label = templates.desk(locale, f"button_{verb}", values)
        return (label, carried(verb, item.id, argument))

    if item.state in ACTIVE:
        rows = _active(button, item, choice)
    else:
        rows = [[button("open"), button("reopen"), button("reply")]]
    last = [button("undo", choice.undo)] if choice.undo else []
    if choice.back:
        last.append((templates.desk(locale, "button_back"), choice.back))
    rows.append(last)
    return tuple(tuple(row) for row in rows if row)


def _active(button: Callable[..., Button], item: Item, choice: Choice) -> list[list[Button]]:
    snooze = "wake" if item.state is not ItemState.OPEN else "snooze"
    calm = "calm" if item.urgency is Urgency.URGENT else "urgent"
    rows = [
        [button("open"), button("reply"), button("done")],
        [button(snooze), button(calm)],
        [button("ask")] if choice.details else [],
    ]
    for number, (name, _) in enumerate(item.suggestions[:MOST_SUGGESTIONS]):
        rows.append([button("faq", str(number), name=name[:LABEL_LIMIT])])
    rows.append([button(verb) for verb, wanted in (("exception", choice.exception), ("late", choice.late)) if wanted])
    if choice.stranger:
        rows.append([button("bind"), button("stranger")])
    if choice.unread:
        rows.append([button("seen")])
    return rows


def in_rows(buttons: Sequence[Button], width: int) -> Rows:
    return tuple(tuple(buttons[start : start + width]) for start in range(0, len(buttons), width))


def key_of(client: str) -> str:
    """What stands for a client's name in a button, which has no room for the name."""
    return hashlib.blake2b(client.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
