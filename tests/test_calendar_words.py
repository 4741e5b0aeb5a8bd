"""From the calendar in the configuration to what a client reads: every kind of day, in her language and zone."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from triage_bot.config import build, load_config
from triage_bot.core.messages import Address, IncomingMessage, Medium
from triage_bot.core.triage import judge
from triage_bot.template_contexts import acknowledgement_context
from triage_bot.templates import Templates

WARSAW = ZoneInfo("Europe/Warsaw")
OURS = Templates()
ICS = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261214
DTEND;VALUE=DATE:20261219
SUMMARY:prywatne: operacja
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20261209
SUMMARY:prywatne: lekarz
END:VEVENT
END:VCALENDAR
"""
CONFIG = """\
assistant: {name: Katarzyna, language: pl}
agreement:
  days_off: [2026-11-25]
  days_off_from: [wolne.ics]
  worked_days: [2027-01-06]
  special_days:
    - {on: 2026-11-19, hours: ["08:00-12:00"], windows: ["08:00", "11:00"], name: Pół dnia}
    - {on: 2026-11-27, hours: [], windows: [], name: Szkolenie}
    - {on: 2026-11-28, hours: ["10:00-12:00"], windows: ["10:00"], name: Targi}
  vacations:
    - {first_on: 2027-02-01, last_on: 2027-02-12, text: "Jestem na nartach do 12 lutego.", stand_in: Ana}
clients:
  - {name: Nowak, language: pl, contacts: [{email: a@nowak.example}]}
  - {name: Jović, language: sr, contacts: [{email: a@jovic.example}]}
  - {name: Јовић, language: sr-Cyrl, contacts: [{email: b@jovic.example}]}
  - {name: Baker, language: en, zone: America/New_York, contacts: [{email: a@baker.example}]}
"""
PL, SR, CYRL, EN = "a@nowak.example", "a@jovic.example", "b@jovic.example", "a@baker.example"
TEXTS = {
    PL: "Proszę przygotować ofertę dla nowego klienta.",
    SR: "Molim vas pripremite ponudu za novog klijenta.",
    CYRL: "Молим вас припремите понуду за новог клијента.",
    EN: "Please prepare the offer for the new client.",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("config")
    (folder / "wolne.ics").write_text(ICS, encoding="utf-8")
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return folder


def read_by(folder: Path, sender: str, moment: str) -> str:
    """The acknowledgement that this client gets at this moment."""
    config = load_config(folder / "config.yaml", today=date(2026, 11, 20))
    terms = build.terms(config)
    now = datetime.fromisoformat(moment).replace(tzinfo=WARSAW)
    message = IncomingMessage("mail", Medium.EMAIL, "1", now, TEXTS[sender], Address(sender), sent_at=now, subject="x")
    decision = judge(message, terms, now=now)
    client = terms.directory.clients[decision.client]
    context = acknowledgement_context(decision, client, terms.directory.assistant, now)
    return OURS.acknowledgement(context, Medium.EMAIL).text


@pytest.mark.parametrize(
    ("sender", "moment", "words"),
    [
        pytest.param(PL, "2026-11-18T12:30", ["odpowiem dziś po 16:00."], id="an ordinary day"),
        pytest.param(
            PL, "2026-11-18T16:30", ["poza godzinami pracy", "odpowiem jutro po 8:00."], id="on the eve of a half day"
        ),
        pytest.param(PL, "2026-11-19T10:00", ["odpowiem dziś po 11:00."], id="a half day has its own checks"),
        pytest.param(
            PL, "2026-11-19T13:00", ["poza godzinami pracy", "odpowiem jutro po 8:00."], id="the free half of it"
        ),
        pytest.param(PL, "2026-11-25T10:00", ["Dziś nie pracuję.", "odpowiem jutro po 8:00."], id="a day off"),
        pytest.param(
            PL, "2026-11-26T17:00", ["odpowiem w sobotę 28 listopada po 10:00."], id="over a special day to a Saturday"
        ),
        pytest.param(PL, "2026-11-27T10:00", ["Dziś nie pracuję.", "odpowiem jutro po 10:00."], id="a special day off"),
        pytest.param(PL, "2026-11-28T10:30", ["odpowiem w poniedziałek 30 listopada po 8:00."], id="a worked Saturday"),
        pytest.param(PL, "2026-12-09T10:00", ["Dziś nie pracuję.", "odpowiem jutro po 8:00."], id="a day off by .ics"),
        pytest.param(
            PL,
            "2026-12-15T10:00",
            ["Jestem na urlopie do piątku 18 grudnia.", "odpowiem w poniedziałek 21 grudnia po 8:00."],
            id="a vacation by .ics names the day of return",
        ),
        pytest.param(
            SR,
            "2026-12-15T10:00",
            ["Na odmoru sam do petka, 18. decembra.", "odgovoriću u ponedeljak, 21. decembra, posle 8 časova."],
            id="in Serbian",
        ),
        pytest.param(
            CYRL,
            "2026-12-15T10:00",
            ["На одмору сам до петка, 18. децембра.", "одговорићу у понедељак, 21. децембра, после 8 часова."],
            id="in Cyrillic",
        ),
        pytest.param(
            EN,
            "2026-12-15T10:00",
            ["I am on holiday until Friday 18 December.", "reply on Monday 21 December after 2 am (8 am my time)."],
            id="in English, in New York",
        ),
        pytest.param(
            PL,
            "2026-12-11T17:00",
            ["urlop, który potrwa do piątku 18 grudnia", "21 grudnia po 8:00."],
            id="a vacation ahead",
        ),
        pytest.param(
            PL,
            "2027-02-02T10:00",
            ["Jestem na nartach do 12 lutego.", "odpowiem w poniedziałek 15 lutego po 8:00.", "zastępuje mnie: Ana"],
            id="a vacation with its own text and a stand-in",
        ),
        pytest.param(PL, "2027-01-05T17:00", ["odpowiem jutro po 8:00."], id="before a holiday that is worked"),
        pytest.param(
            PL,
            "2026-11-10T17:00",
            ["Jutro jest święto (Narodowe Święto Niepodległości)", "odpowiem w czwartek 12 listopada po 8:00."],
            id="before a holiday",
        ),
        pytest.param(PL, "2026-12-23T17:00", ["odpowiem w poniedziałek 28 grudnia po 8:00."], id="before Christmas"),
    ],
)  # fmt: skip
def test_what_a_client_reads(folder: Path, sender: str, moment: str, words: list[str]) -> None:
    text = read_by(folder, sender, moment)
    for part in words:
        assert part in text
    assert "24 " not in text.replace("24 grudnia", "")
    assert "prywatne" not in text, "titles of her own calendar are hers"
