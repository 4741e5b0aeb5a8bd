"""Where a conversation stands, as it is kept."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from triage_bot.desk.dialog import (
    MOST_CARDS,
    MOST_SEEN,
    NOTHING_SAID,
    Card,
    Dialog,
    Draft,
    DraftFile,
    DraftKind,
    as_record,
    from_record,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FILE = DraftFile("/x/a.pdf", "a.pdf", "application/pdf", 12)
DRAFT = Draft(DraftKind.REPLY, 7, 3, ((10, "Dzień dobry"), (11, "🌿")), (FILE,), rewriting=True)
TALK = Dialog((DRAFT,), at=7, snoozing=9, cards=(Card(5, 7, "list:0:1"),), sent=(DRAFT,), seen=(1, 2))


def kept(dialog: Dialog) -> object:
    return json.loads(json.dumps(as_record(dialog)))


def test_what_is_kept_is_what_was_said() -> None:
    assert from_record(NOW, kept(TALK), NOW + timedelta(hours=24)) == TALK  # type: ignore[arg-type]


def test_after_a_day_drafts_and_questions_are_forgotten_but_not_what_was_dealt_with() -> None:
    later = from_record(NOW, kept(TALK), NOW + timedelta(hours=24, seconds=1))  # type: ignore[arg-type]
    assert later == Dialog(cards=TALK.cards, seen=TALK.seen)


@pytest.mark.parametrize(
    "state", [{}, {"drafts": [{}]}, {"cards": [{"x": 1}]}, {"at": "x"}, {"drafts": 5}, {"seen": [None]}]
)
def test_what_another_version_wrote_is_forgotten(state: dict[str, object]) -> None:
    assert from_record(NOW, state, NOW) == NOTHING_SAID


def test_what_is_kept_is_bounded() -> None:
    talk = NOTHING_SAID
    for number in range(500):
        talk = talk.after(number).with_card(Card(number, number)).with_draft(Draft(DraftKind.REPLY, number))
    assert len(talk.seen) == MOST_SEEN
    assert len(talk.cards) == MOST_CARDS
    assert talk.draft_of(499) is not None
    assert talk.draft_of(0) is None
    assert len(json.dumps(as_record(talk))) < 20_000


def test_a_text_replaces_the_words_of_a_draft_that_is_rewritten_and_keeps_its_files() -> None:
    draft = DRAFT.said(12, "Nowe")
    assert draft.text == "Nowe"
    assert draft.files == (FILE,)
    assert draft.version == 4
    assert not draft.rewriting


def test_what_was_sent_is_a_draft_again_once_it_is_taken_back() -> None:
    sent = NOTHING_SAID.with_draft(DRAFT).with_sent(DRAFT)
    assert sent.draft_of(7) is None
    back = sent.with_taken_back(7)
    assert back.current is not None
    assert back.current.text == DRAFT.text
    assert back.current.version == 4
    assert back.sent == ()
    assert back.with_taken_back(8) == back
