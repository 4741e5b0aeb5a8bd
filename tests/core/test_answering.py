"""Which items something answers that she wrote past the bot."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import an_item
from triage_bot.core.answering import Candidate, MatchedBy, answers_to, awaited, bare_subject
from triage_bot.core.items import Item, ItemState
from triage_bot.core.messages import Medium, OwnMessage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ANNA, JAN, RECEPTION = "anna@nowak.example", "jan@nowak.example", "recepcja@hotel.example"
STRANGER = "ewa@nowa.example"


def client_of(address: str) -> str:
    return {"nowak.example": "Nowak", "hotel.example": "Hotel"}.get(address.rpartition("@")[2], "")


def own(*recipients: str, **changes: Any) -> OwnMessage:
    mail = OwnMessage(
        "mail", Medium.EMAIL, "Sent/1/1", NOON + MINUTE, recipients or (ANNA,), "hers@va.example", (), "Re: Oferta"
    )
    return replace(mail, **changes)


def item(item_id: int = 1, client: str = "Nowak", contact: str = ANNA, **changes: Any) -> Item:
    made = {"id": item_id, "thread_id": item_id, "client": client, "contact": contact, "subject": "Oferta"}
    return an_item(NOON, **made | changes)


def thread(number: int = 1, *, referred: bool = False, **changes: Any) -> Candidate:
    made = item(number, **changes)
    return Candidate(number, made.client, frozenset({made.contact}), made, made.last_message_at if referred else None)


def matched(mail: OwnMessage, *threads: Candidate) -> list[tuple[int, MatchedBy]]:
    return [(match.thread.thread_id, match.matched_by) for match in answers_to(mail, threads, client_of)]


REFERENCES, SUBJECT = MatchedBy.REFERENCES, MatchedBy.SUBJECT
HOTEL: dict[str, Any] = {"client": "Hotel", "contact": RECEPTION}
NOBODYS: dict[str, Any] = {"client": "", "contact": STRANGER}


@pytest.mark.parametrize(
    ("mail", "threads", "expected"),
    [
        pytest.param(own(), [thread(referred=True)], [(1, REFERENCES)], id="a reply answers what it refers to"),
        pytest.param(
            own(subject="Coś innego"),
            [thread(referred=True)],
            [(1, REFERENCES)],
            id="whatever its subject has become",
        ),
        pytest.param(
            own(JAN),
            [thread(referred=True)],
            [(1, REFERENCES)],
            id="a reply to a colleague of hers at the same client answers",
        ),
        pytest.param(
            own(RECEPTION), [thread(referred=True)], [], id="a mail handed on to another client answers nobody"
        ),
        pytest.param(own(STRANGER), [thread(referred=True)], [], id="nor does one handed on to a stranger"),
        pytest.param(
            own(RECEPTION),
            [thread(referred=True), thread(2, **HOTEL)],
            [],
            id="handed on, it does not answer what the other asked under the same subject",
        ),
        pytest.param(
            own(STRANGER),
            [thread(**NOBODYS, referred=True)],
            [(1, REFERENCES)],
            id="a reply to a stranger answers the stranger",
        ),
        pytest.param(
            own(STRANGER, "inny@nowa.example"),
            [thread(client="", contact="trzeci@nowa.example", referred=True)],
            [],
            id="of strangers nobody answers for another",
        ),
        pytest.param(
            own(),
            [thread(referred=True), thread(2, referred=True, last_message_at=NOON + MINUTE)],
            [(2, REFERENCES)],
            id="of two threads of one client that it refers to, the one with the newer message",
        ),
        pytest.param(
            own(ANNA, RECEPTION),
            [thread(referred=True), thread(2, **HOTEL, referred=True)],
            [(1, REFERENCES), (2, REFERENCES)],
            id="a mail to two clients answers both",
        ),
        pytest.param(
            own(ANNA, RECEPTION),
            [thread(referred=True), thread(2, **HOTEL)],
            [(1, REFERENCES), (2, SUBJECT)],
            id="one by its references and the other by the subject",
        ),
        pytest.param(own(), [thread()], [(1, SUBJECT)], id="without references, recipient and subject do"),
        pytest.param(
            own(subject="Odp: FWD: re[2]:  OFERTA "), [thread(subject="Fwd: Oferta")], [(1, SUBJECT)], id="marks piled"
        ),
        pytest.param(own(subject="Oferta 2"), [thread()], [], id="another subject is another matter"),
        pytest.param(own(subject=""), [thread(subject="")], [], id="no subject proves nothing"),
        pytest.param(own(subject="Re:"), [thread(subject="Re: ")], [], id="a bare mark neither"),
        pytest.param(own(RECEPTION), [thread()], [], id="the same subject to another client is no answer"),
        pytest.param(
            own(sent_at=NOON - MINUTE), [thread()], [], id="before the item's first message nothing answers it"
        ),
        pytest.param(
            own(sent_at=NOON + 30 * DAY), [thread()], [(1, SUBJECT)], id="after thirty days the subject still counts"
        ),
        pytest.param(own(sent_at=NOON + 30 * DAY + MINUTE), [thread()], [], id="later it does not"),
        pytest.param(
            own(sent_at=NOON + 60 * DAY), [thread(referred=True)], [(1, REFERENCES)], id="a reference always does"
        ),
        pytest.param(
            own(),
            [thread(), thread(2, opened_at=NOON + MINUTE)],
            [(2, SUBJECT)],
            id="of two items with one subject the newer one is answered",
        ),
        pytest.param(own(), [thread(state=ItemState.SNOOZED)], [(1, SUBJECT)], id="a snoozed item is answered too"),
        pytest.param(own(), [thread(state=ItemState.DONE)], [], id="what is done is not found by its subject"),
        pytest.param(
            own(sender=JAN), [thread(referred=True)], [], id="a client's mail in the wrong folder is no answer of hers"
        ),
        pytest.param(
            own(*(f"{n}@all.example" for n in range(30)), ANNA), [thread()], [], id="an announcement answers nobody"
        ),
    ],
)
def test_a_mail_of_hers(mail: OwnMessage, threads: list[Candidate], expected: list[tuple[int, MatchedBy]]) -> None:
    assert matched(mail, *threads) == expected


def test_a_thread_in_which_nothing_waits_learns_of_her_mail() -> None:
    quiet = Candidate(1, "Nowak", frozenset({ANNA}), None, NOON)
    assert matched(own(), quiet) == [(1, REFERENCES)]


def test_nobody_answers_what_has_not_come_yet() -> None:
    """A clock that is slow."""
    (match,) = answers_to(own(sent_at=NOON - MINUTE), [thread(referred=True)], client_of)
    assert match.answered_at == NOON


def test_a_message_in_a_chat_answers_what_waits_there() -> None:
    chat = OwnMessage("telegram", Medium.CHAT, "5@9/7", NOON, ("5",), "5@9/7", ("5@9",))
    assert matched(chat, thread(contact="5")) == [(1, MatchedBy.CHAT)]
    assert matched(chat) == []
    assert matched(chat, Candidate(1, "Nowak", frozenset({"5"}))) == []


@pytest.mark.parametrize(
    ("mail", "known", "expected"),
    [
        pytest.param(own(refs=("a", "b")), {"a"}, (("b",), (ANNA,)), id="what it refers to and nobody has read"),
        pytest.param(own(refs=("a",)), {"a"}, ((), (ANNA,)), id="nothing, if all is known"),
        pytest.param(own(STRANGER, refs=("a",)), set(), (("a",), ()), id="for nobody, if no client gets it"),
        pytest.param(own(refs=tuple("abcdef")), set(), (tuple("def"), (ANNA,)), id="only the nearest"),
        pytest.param(own(sender=JAN, refs=("a",)), set(), ((), ()), id="nothing of a client's own mail"),
    ],
)
def test_what_a_mail_awaits(mail: OwnMessage, known: set[str], expected: object) -> None:
    assert awaited(mail, known, client_of) == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Re: Odp: RE[3]: AW: Oferta", "oferta"),
        ("Одг: Прослеђено", "прослеђено"),
        ("PD:  Fwd:Umowa  najmu", "umowa najmu"),
        ("Re", "re"),
        ("Info: nowe", "info: nowe"),
        ("Ｒｅ: Faktura", "faktura"),
        ("", ""),
    ],
)
def test_a_subject_without_its_marks(subject: str, expected: str) -> None:
    assert bare_subject(subject) == expected


ADDRESSES = st.sampled_from([ANNA, JAN, RECEPTION, STRANGER, "x@y.example", "", "@", "\ud800@nowak.example"])
SUBJECTS = st.sampled_from(["Oferta", "Re: Oferta", "", "Fwd:", "Inne"]) | st.text(max_size=30)
MOMENTS = st.integers(-40_000, 60_000).map(lambda minutes: NOON + minutes * MINUTE)
MAILS = st.builds(
    own,
    ADDRESSES,
    ADDRESSES,
    sender=ADDRESSES,
    subject=SUBJECTS,
    sent_at=MOMENTS,
    refs=st.lists(st.text(max_size=5), max_size=5).map(tuple),
)
THREADS = st.lists(
    st.builds(
        lambda number, whose, referred, subject, state, at: thread(
            number, referred=referred, subject=subject, state=state, opened_at=at, last_message_at=at, **whose
        ),
        st.integers(1, 9),
        st.sampled_from([{}, HOTEL, NOBODYS, {"contact": JAN}]),
        st.booleans(),
        SUBJECTS,
        st.sampled_from(list(ItemState)),
        MOMENTS,
    ),
    max_size=6,
    unique_by=lambda each: each.thread_id,
)


@given(MAILS, THREADS)
def test_no_item_of_somebody_else_is_ever_answered(mail: OwnMessage, threads: list[Candidate]) -> None:
    clients = {client_of(each) for each in mail.recipients} - {""}
    found = answers_to(mail, threads, client_of)
    for match in found:
        assert match.recipient in mail.recipients
        assert match.thread.client in clients if match.thread.client else match.recipient in match.thread.contacts
        assert match.answered_at >= mail.sent_at
    whose = [match.thread.client or match.recipient for match in found]
    assert len(whose) == len(set(whose))
