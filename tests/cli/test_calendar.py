"""`triage-bot calendar`, as its user sees it."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from triage_bot.cli import calendar, main

NOW = datetime(2026, 12, 21, 9, tzinfo=UTC)
CONFIG = """\
assistant: {name: Katarzyna, language: pl}
agreement:
  days_off: [{on: 2026-12-31, name: Inwentura}]
  days_off_from: [wolne.ics]
  worked_days: [2027-01-01]
  special_days:
    - {on: 2026-12-23, hours: ["08:00-12:00"], windows: ["08:00", "12:00"], name: Przed świętami}
  vacations: [{first_on: 2026-10-01, last_on: 2026-10-02}]
clients:
  - name: Baker
    language: en
    zone: America/New_York
    agreement: {check_windows: {mon-fri: ["20:00"]}}
"""
ICS = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261228
DTEND;VALUE=DATE:20261231
SUMMARY:Narty
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "wolne.ics").write_text(ICS)
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return str(tmp_path / "config.yaml")


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """`triage-bot calendar ...`, at a moment."""
    parser = argparse.ArgumentParser()
    calendar.add_to(parser.add_subparsers())
    assert calendar.run(parser.parse_args(["calendar", *words]), NOW) == 0
    return capsys.readouterr().out


def test_two_weeks_with_hours_checks_and_days_off(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        shown(capsys, "show", "--config", config)
        == """\
The default agreement, times of Europe/Warsaw

                   HOURS        CHECKS
> Mon 21 Dec 2026  08:00-16:00  08:00 12:00 16:00
  Tue 22 Dec 2026  08:00-16:00  08:00 12:00 16:00
  Wed 23 Dec 2026  08:00-12:00  08:00 12:00        hours of its own: Przed świętami
  Thu 24 Dec 2026  -            -                  public holiday: Wigilia Bożego Narodzenia / Christmas Eve
  Fri 25 Dec 2026  -            -                  public holiday: Boże Narodzenie (pierwszy dzień) / Christmas Day
  Sat 26 Dec 2026  -            -                  public holiday: Boże Narodzenie (drugi dzień) / Second Day of Christmas
  Sun 27 Dec 2026  -            -

  Mon 28 Dec 2026  -            -                  vacation until Wed 30 Dec
  Tue 29 Dec 2026  -            -                  vacation until Wed 30 Dec
  Wed 30 Dec 2026  -            -                  vacation until Wed 30 Dec
  Thu 31 Dec 2026  -            -                  day off: Inwentura
  Fri  1 Jan 2027  08:00-16:00  08:00 12:00 16:00  worked in spite of public holiday: Nowy Rok
  Sat  2 Jan 2027  -            -
  Sun  3 Jan 2027  -            -
"""  # noqa: E501
    )


def test_the_days_as_json_by_the_agreement_of_a_client(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("show", "--weeks", "1", "--from", "2026-12-30", "--client", "Baker", "--config", config, "--json")
    days = [json.loads(line) for line in shown(capsys, *words).splitlines()]
    assert len(days) == 7
    assert days[0] == {
        "on": "2026-12-28",
        "hours": [],
        "windows": [],
        "kind": "vacation",
        "why": "vacation until Wed 30 Dec",
    }
    assert days[4]["windows"] == ["20:00"]


def test_why_goes_step_by_step_to_the_words_of_the_client(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "why", "2026-12-23T12:30", "--config", config)
    assert (
        text
        == """\
A message of Wed 2026-12-23 12:30 CET comes outside working hours.

  1. a day with a timetable of its own: Przed świętami (Wednesday 23 December)
  2. the last check of the day (Wednesday 23 December, 12 noon) was over
  3. a public holiday: Christmas Eve (Thursday 24 December)
  4. a public holiday: Christmas Day (Friday 25 December)
  5. a weekend without checks (Saturday 26 December – Sunday 27 December)
  6. vacation (Monday 28 December – Wednesday 30 December)
  7. a day off: Inwentura (Thursday 31 December)
  8. worked although it would be a day off: New Year's Day (Friday 1 January)
  9. so the next check is on a later day (Friday 1 January, 8 am)
 10. the answer comes after that check (Friday 1 January, 8 am)

So the client is promised an answer after Fri 2027-01-01 08:00 CET.
She reads: “Przeczytam wiadomość i odpowiem w piątek 1 stycznia 2027 po 8:00.”
"""
    )


def test_why_tells_a_client_abroad_her_own_time(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "why", "2026-12-22T12:30", "--client", "Baker", "--config", config)
    assert "after Tue 2026-12-22 20:00 CET, which is Tue 2026-12-22 14:00 EST for her." in text
    assert "reply after 2 pm today (8 pm my time)." in text


def test_an_empty_calendar_promises_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.yaml").write_text("assistant: {name: K}\nagreement: {check_windows: {}}\n")
    text = shown(capsys, "why", "2026-12-22T12:30", "--config", str(tmp_path / "config.yaml"))
    assert text.splitlines()[-1] == "There is no check within three years, so nothing can be promised."


def test_check_names_the_agreement_and_repeats_nothing(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "check", "--config", config).splitlines() == [
        "the default agreement: the vacation 2026-10-01 to 2026-10-02 is over: it can go",
        "Baker: Monday, Tuesday, Wednesday, Thursday, Friday: the check at 20:00 is outside the working hours"
        " (08:00-16:00)",
    ]
    assert json.loads(shown(capsys, "check", "--config", config, "--client", "Baker", "--json").splitlines()[0])


def test_the_example_has_nothing_to_mend_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["calendar", "check"]) == 0
    assert capsys.readouterr() == (
        "Nothing looks wrong.\n",
        "by the agreement of the example; --config FILE for yours\n",
    )


@pytest.mark.parametrize("words", [["show", "--from", "2026-12-21"], ["why", "2026-12-23T12:30"], ["check"]])
def test_the_configuration_of_the_folder_is_taken(
    config: str, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = shown(capsys, *words, "--config", config)
    monkeypatch.chdir(Path(config).parent)
    assert shown(capsys, *words) == wanted


def test_the_moment_may_be_an_option(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = shown(capsys, "why", "2026-12-23T12:30", "--config", config)
    assert shown(capsys, "why", "--at", "2026-12-23T12:30", "--config", config) == wanted
    assert shown(capsys, "why", "--config", config, "--at", "2026-12-23T12:30") == wanted


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["show", "--client", "Bakr"], "did you mean 'Baker'?", id="a client who is not there"),
        pytest.param(["show", "--from", "tomorrow"], "is not a date", id="no date"),
        pytest.param(["show", "--weeks", "0"], "from 1 to 520 weeks", id="no weeks"),
        pytest.param(["why", "noon"], "is not a moment", id="no moment"),
    ],
)
def test_mistakes_say_what_is_right(
    config: str, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calendar", *words, "--config", config]) == 1
    assert said in capsys.readouterr().err
