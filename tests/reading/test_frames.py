"""What stands around a message, a greeting and a name, changes nothing of what it says."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from triage_bot.reading.model import Kind, Locale
from triage_bot.reading.read import read

SENT_AT = datetime(2026, 11, 24, 10, 30, tzinfo=ZoneInfo("Europe/Warsaw"))
FRAMES = {
    Locale.PL: "Dzień dobry,\n\n{}\n\nPozdrawiam\nMarek Nowak\n",
    Locale.SR: "Dobar dan,\n\n{}\n\nPozdrav\nMarko Petrović\n",
    Locale.EN: "Hello,\n\n{}\n\nKind regards\nMark Newman\n",
}


@pytest.mark.parametrize("subject", ["", "Website"])
@pytest.mark.parametrize(
    ("locale", "text"),
    [
        (Locale.PL, "Sklep nie działa, nikt nie może zapłacić."),
        (Locale.PL, "Ktoś włamał się na naszą skrzynkę!"),
        (Locale.PL, "Goście stoją pod drzwiami i kod nie działa."),
        (Locale.PL, "Wyciekły dane klientów."),
        (Locale.SR, "Prodavnica ne radi, niko ne može da plati."),
        (Locale.SR, "Neko nam je upao u mejl!"),
        (Locale.SR, "Gosti stoje pred vratima i kod ne radi."),
        (Locale.SR, "Procureli su podaci kupaca."),
        (Locale.EN, "The shop is down, nobody can pay."),
        (Locale.EN, "Somebody hacked our mailbox!"),
        (Locale.EN, "The guests are at the door and the code does not work."),
        (Locale.EN, "Customer data has leaked."),
    ],
)
def test_an_alarm_is_one_in_a_chat_and_in_a_mail(locale: Locale, text: str, subject: str) -> None:
    chat = read("", text, sent_at=SENT_AT, prior=locale, medium="chat")
    mail = read(subject, FRAMES[locale].format(text), sent_at=SENT_AT, prior=locale)
    assert chat.harm
    assert mail.harm


@pytest.mark.parametrize(
    ("locale", "text", "day"),
    [
        (Locale.PL, "Zrób to proszę dzisiaj.", 24),
        (Locale.PL, "Poprawcie logo do końca tygodnia.", 27),
        (Locale.SR, "Pošalji mi ugovor do sutra u podne.", 25),
        (Locale.SR, "Ispravite logo do kraja nedelje.", 27),
        (Locale.EN, "Please do it today.", 24),
        (Locale.EN, "Fix the logo by the end of the week.", 27),
    ],
)
def test_a_task_is_one_with_its_deadline_in_a_mail(locale: Locale, text: str, day: int) -> None:
    mail = read("", FRAMES[locale].format(text), sent_at=SENT_AT, prior=locale)
    assert mail.kind is Kind.TASK
    assert mail.deadline is not None
    assert mail.deadline.at.day == day


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        (Locale.PL, "Wszystko doszło, bardzo dziękuję!"),
        (Locale.SR, "Sve je stiglo, hvala puno!"),
        (Locale.EN, "It all arrived, thank you so much!"),
    ],
)
def test_thanks_are_thanks_in_a_mail(locale: Locale, text: str) -> None:
    mail = read("", FRAMES[locale].format(text), sent_at=SENT_AT, prior=locale)
    assert mail.kind is Kind.THANKS
    assert not mail.needs_ack
