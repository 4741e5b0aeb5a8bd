"""Whatever Telegram sends: nothing raises, and nothing of a batch is lost."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from triage_bot.channels.telegram_albums import gathered, unfinished
from triage_bot.channels.telegram_findings import Findings
from triage_bot.channels.telegram_people import Groups, People
from triage_bot.channels.telegram_updates import (
    ALLOWED_UPDATES,
    Deleted,
    Ignored,
    business_id,
    in_group,
    read_parts,
    update_id,
)
from triage_bot.core.messages import BusinessConnection, Cursor, IncomingMessage

NOW = datetime(2026, 11, 20, 12, 40, tzinfo=UTC)
START = datetime(1990, 1, 1, tzinfo=UTC)
CONNECTION = BusinessConnection("c1", 7, 7, can_reply=True, enabled=True, changed_at=NOW)
PEOPLE = [
    People("telegram", frozenset({7}), groups, bot_id=42, names=frozenset({"kasia"}), connections={"c1": CONNECTION})
    for groups in Groups
]

NUMBERS = st.one_of(st.sampled_from([0, 7, 42, 501, -5, 10**20]), st.integers(-(2**60), 2**60))
FIELDS = [
    *("message_id", "date", "edit_date", "chat", "from", "text", "caption", "entities", "caption_entities", "photo"),
    *("document", "voice", "video", "location", "venue", "contact", "poll", "sticker", "animation", "media_group_id"),
    *("reply_to_message", "business_connection_id", "sender_business_bot", "is_topic_message", "message_thread_id"),
    *("id", "type", "is_bot", "first_name", "username", "title", "user", "offset", "length", "new_chat_member"),
    *("status", "is_enabled", "rights", "can_reply", "user_chat_id", "message_ids", "data", "message", "is_member"),
    *(
        "migrate_to_chat_id",
        "forum_topic_created",
        "forward_origin",
        "file_id",
        "file_size",
        "duration",
        "language_code",
    ),
]
WORDS = st.sampled_from(
    [
        "private",
        "group",
        "supergroup",
        "channel",
        "mention",
        "text_mention",
        "kicked",
        "c1",
        "/start",
        "@kasia",
        "pair-0000-0000",
    ]
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.floats(), WORDS, st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6)),
    max_leaves=12,
)
CHATS = st.fixed_dictionaries({"id": NUMBERS, "type": st.sampled_from(["private", "group", "supergroup", "channel"])})
USERS = st.fixed_dictionaries({"id": NUMBERS, "is_bot": st.booleans()})
MESSAGES = st.builds(
    lambda base, more: base | more,
    st.fixed_dictionaries(
        {"message_id": st.integers(1, 99), "date": st.integers(0, 2**33), "chat": CHATS, "from": USERS}
    ),
    st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=6),
)
UPDATES = st.builds(
    lambda number, kind, content: {"update_id": number, kind: content},
    st.integers(1, 2**31),
    st.sampled_from([*ALLOWED_UPDATES, "chat_boost", "update_id2"]),
    st.one_of(MESSAGES, ANYTHING),
)


def as_it_comes(update: Any) -> Any:
    return json.loads(json.dumps(update))


@given(st.lists(UPDATES, max_size=8))
def test_no_batch_of_updates_raises_or_is_lost(updates: list[Any]) -> None:
    updates = as_it_comes(updates)
    groups = gathered(updates)
    assert sorted(map(update_id, updates)) == sorted(update_id(part) for parts in groups for part in parts)
    begins = unfinished(updates)
    assert begins is None or 0 <= begins < len(updates)
    for people in PEOPLE:
        found = Findings(START)
        for parts in groups:
            business_id(parts[0])
            in_group(parts[0])
        reads = [read_parts(parts, people, NOW) for parts in groups]
        actions = [action for read in reads if (action := found.take(read)) is not None]
        batch = found.batch(Cursor("telegram", 0, 1, START, NOW))
        taken_back = [read for read in reads if isinstance(read, Deleted)]
        taken = (batch.messages, batch.own, batch.connections, batch.starts, batch.reaches, batch.moves, actions)
        assert sum(map(len, taken)) + len(taken_back) + found.ignored.total() == len(groups)
        assert batch.deleted == tuple(number for read in taken_back for number in read.message_ids)
        assert all(message.received_at <= NOW for message in batch.messages)


@given(MESSAGES)
def test_what_a_client_wrote_in_her_own_chat_is_never_ignored_for_its_shape(message: Any) -> None:
    message = as_it_comes(message) | {"chat": {"id": 501, "type": "private"}}
    read = read_parts([{"update_id": 1, "message": message}], PEOPLE[0], NOW)
    assert not isinstance(read, Ignored) or read.why in {"written by a bot", "service message"}


@given(MESSAGES)
def test_what_a_client_wrote_to_her_account_is_never_ignored_for_its_shape(message: Any) -> None:
    client = {"id": 501, "type": "private"}
    message = as_it_comes(message) | {
        "chat": client,
        "from": {"id": 501, "is_bot": False},
        "business_connection_id": "c1",
    }
    for field in ("sender_business_bot", "is_from_offline"):
        message.pop(field, None)
    read = read_parts([{"update_id": 1, "business_message": message}], PEOPLE[0], NOW)
    if isinstance(read, Ignored):
        assert read.why == "business chat without a client"  # a note of Telegram's
    else:
        assert isinstance(read, IncomingMessage)
        assert read.business == "c1"
