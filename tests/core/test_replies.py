"""How a reply is tied to what it answers."""

from datetime import UTC, datetime

import pytest

from triage_bot.core.messages import Address, IncomingMessage, Medium
from triage_bot.core.replies import MOST_REFERENCES, acknowledgement_id, references, reply_subject


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        pytest.param("Umowa", "Re: Umowa", id="a new subject"),
        pytest.param("Re: Umowa", "Re: Umowa", id="a reply stays one"),
        pytest.param("RE: Odp: Re: Umowa", "Re: Umowa", id="marks of several programs do not pile up"),
        pytest.param("Odg: AW: Re[2]: Umowa", "Re: Umowa", id="counted and foreign marks"),
        pytest.param("Одг: Уговор", "Re: Уговор", id="the Cyrillic mark"),
        pytest.param("Fwd: Umowa", "Re: Fwd: Umowa", id="a forward mark says something and stays"),
        pytest.param("Reklamacja: zwrot", "Re: Reklamacja: zwrot", id="a word that begins like a mark"),
        pytest.param("Resort: rezerwacja", "Re: Resort: rezerwacja", id="a word with a colon"),
        pytest.param("", "Re:", id="no subject"),
        pytest.param("  Re:  ", "Re:", id="nothing but a mark"),
        pytest.param(" \r\nBcc: x", "Re: Bcc: x", id="a line end never gets into a header"),
    ],
)
def test_marks_of_a_reply_do_not_pile_up(subject: str, answer: str) -> None:
    assert reply_subject(subject) == answer


def test_reply_marks_without_end_take_no_time() -> None:
    assert reply_subject("re:" * 100_000 + "x") == "Re: x"
    assert reply_subject("re" * 100_000).startswith("Re: re")


def message(**fields: object) -> IncomingMessage:
    defaults = {"channel": "kontakt", "medium": Medium.EMAIL, "key": "INBOX/1/1", "text": "", "subject": "x"}
    return IncomingMessage(received_at=datetime(2026, 11, 20, 12, tzinfo=UTC), **(defaults | fields))


def test_an_acknowledgement_has_the_same_id_however_often_it_is_decided() -> None:
    first = message(message_id="1@a.example", header_from=Address("jan@a.example"))
    again = message(message_id="1@a.example", header_from=Address("jan@a.example"), key="INBOX/2/7")
    assert acknowledgement_id(first, "k@z.example") == acknowledgement_id(again, "k@z.example")
    assert acknowledgement_id(first, "k@z.example").endswith("@triage-bot.z.example")


def test_references_are_those_of_the_message_and_its_own_id() -> None:
    assert references(message(refs=("a@x", "b@x"), message_id="c@x")) == ("a@x", "b@x", "c@x")
    assert references(message(refs=("a@x", "a@x"), message_id="a@x")) == ("a@x",)
    assert references(message()) == ()


def test_of_a_very_long_thread_the_first_and_the_newest_stay() -> None:
    chain = references(message(refs=tuple(f"{n}@x" for n in range(100)), message_id="last@x"))
    assert len(chain) == MOST_REFERENCES
    assert (chain[0], chain[-1]) == ("0@x", "last@x")
