"""What tests of the core are about."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from triage_bot.core.items import Item, ItemState
from triage_bot.core.messages import Medium
from triage_bot.core.urgency import Urgency


def an_item(at: datetime, **changes: Any) -> Item:
    """A task of one message from Nowak, received at that moment; open, and nothing is promised."""
    plain = Item(
        id=1,
        thread_id=1,
        client="Nowak",
        channel="kontakt",
        medium=Medium.EMAIL,
        contact="anna@nowak.example",
        contact_name="",
        subject="",
        excerpt="",
        state=ItemState.OPEN,
        urgency=Urgency.NORMAL,
        kind="task",
        opened_at=at,
        last_message_at=at,
        messages=1,
        check_at=None,
        promise_at=None,
        promise_sentence="",
        deadline="",
        because=(),
        silence="",
    )
    return replace(plain, **changes)
