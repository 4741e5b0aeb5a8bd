"""What a task lacks before it can be begun."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from triage_bot.reading.model import Kind, Locale
from triage_bot.reading.read import read

SENT_AT = datetime(2026, 11, 24, 10, 30, tzinfo=ZoneInfo("Europe/Warsaw"))


@pytest.mark.parametrize(
    ("text", "locale", "lacks"),
    [
        ("Proszę wystawić fakturę firmie Dąb sp. z o.o. na 1200 zł netto do jutra.", Locale.PL, ""),
        ("Przetłumacz załączony regulamin na angielski do piątku.", Locale.PL, ""),
        ("Przetłumacz załączony regulamin na angielski.", Locale.PL, "deadline"),
        ("Zamów jakieś krzesła.", Locale.PL, "deadline scope"),
        ("Zajmij się stroną.", Locale.PL, "goal deadline scope"),
        ("Izdaj fakturu firmi Hrast na 1200 evra do sutra.", Locale.SR, ""),
        ("Prevedi priloženi pravilnik na engleski.", Locale.SR, "deadline"),
        ("Naruči neke stolice.", Locale.SR, "deadline scope"),
        ("Uradi nešto sa sajtom.", Locale.SR, "goal deadline scope"),
        ("Please invoice Oak Ltd for 1,200 pounds by tomorrow.", Locale.EN, ""),
        ("Please translate the attached terms into Polish.", Locale.EN, "deadline"),
        ("Order some chairs please.", Locale.EN, "deadline scope"),
        ("Do something about the website.", Locale.EN, "goal deadline scope"),
        ("Whenever you have time, translate the attached terms into Polish, no hurry.", Locale.EN, ""),
    ],
)
def test_what_a_task_lacks(text: str, locale: Locale, lacks: str) -> None:
    said = read("", text, sent_at=SENT_AT, prior=locale, medium="chat")
    assert said.kind is Kind.TASK
    assert " ".join(said.missing) == lacks


@pytest.mark.parametrize("text", ["Thanks a lot!", "What does it cost?", "The shop is down, nobody can pay!"])
def test_only_a_task_that_can_wait_for_an_answer_lacks_something(text: str) -> None:
    assert read("", text, sent_at=SENT_AT, prior=Locale.EN, medium="chat").missing == ()


def test_what_is_passed_on_lacks_nothing() -> None:
    body = "Please deal with it.\n\n---------- Forwarded message ---------\nFrom: a@b.example\n\nThe shop is untidy."
    assert read("Fwd: shop", body, sent_at=SENT_AT, prior=Locale.EN).missing == ()
