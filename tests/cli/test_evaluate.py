"""`triage-bot evaluate`, as its user sees it."""

import json
from pathlib import Path
from typing import Any

import pytest

from triage_bot.cli import main

FRIDAY_NOON = "2026-11-20T12:30+01:00"


def message(**fields: Any) -> dict[str, Any]:
    return {"id": "m1", "channel": "chat", "sent_at": FRIDAY_NOON, "body": "Dziękuję, miłego dnia!"} | fields


def write(folder: Path, *rows: dict[str, Any] | str) -> Path:
    file = folder / "messages.jsonl"
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def evaluate(*arguments: object) -> int:
    return main(["evaluate", *map(str, arguments)])


def test_a_right_answer_and_a_wrong_one_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(
        tmp_path,
        message(id="thanks", language="pl", urgency="none", kind="thanks", needs_ack=False, deadline=None),
        message(id="wrongly", language="pl", urgency="urgent", why="a test"),
    )
    assert evaluate(file) == 0
    out = capsys.readouterr().out
    assert "Urgency, all" in out
    assert "Wrong (1)\n  wrongly  pl chat Fri 2026-11-20 12:30  Dziękuję, miłego dnia!\n" in out
    assert "      urgency: none, right is urgent\n      because there is nothing to do: “" in out
    assert "      labelled so: a test" in out
    table = [line.split() for line in out.splitlines() if line.startswith("  all ")]
    assert table == [["all", "2", "0.000", "0.000", "0.000", "0", "0", "1"]]


def test_nothing_wrong_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(write(tmp_path, message(urgency="none"))) == 0
    assert capsys.readouterr().out.endswith("Nothing is wrong.\n")


def test_the_figures_come_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(
        tmp_path,
        message(language="pl", urgency="none", kind="other", also={"kind": ["thanks"]}),
        message(id="m2", language="pl", urgency="low"),
    )
    assert evaluate(file, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["messages"] == {"all": 2, "pl": 2, "chat": 2}
    assert report["accuracy"]["kind"] == {"all": 1.0, "pl": 1.0, "chat": 1.0}
    assert report["confusion"]["all"]["low"]["none"] == 1
    assert [(each["id"], each["wrong"]) for each in report["wrong"]] == [
        ("m2", {"urgency": {"judged": "none", "right": ["low"]}})
    ]
    assert report["wrong"][0]["because"]


def test_bad_lines_are_named_and_the_others_are_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(
        tmp_path,
        "{not json",
        message(id="a", urgency="hot"),
        "",
        message(id="b", deadline="tomorrow"),
        message(id="c", urgency="none", sent_at="noon"),
        message(id="d", urgency="none"),
        message(id="d", urgency="none"),
        message(id="e"),
        message(id="f", urgency="none", also=["x"]),
        message(id="g", missing=["everything"]),
        message(id="h", needs_ack="yes"),
    )
    assert evaluate(file) == 0
    captured = capsys.readouterr()
    assert [line.removeprefix(f"{file}:") for line in captured.err.splitlines()] == [
        "1: this is not JSON in UTF-8",
        "2: `urgency` is 'hot': it must be one of urgent, normal, low, none",
        "4: `deadline` is 'tomorrow': it must be null, a date or a moment such as 2026-11-20T15:00+01:00",
        "5: `sent_at` is 'noon': write a date and a time, as in 2026-11-20T12:30+01:00",
        "7: the id 'd' stands in line 6 already",
        "8: nothing is labelled: give one of `urgency`, `deadline`, `needs_ack`, `tone`, `missing`, `kind`, `language`",
        "9: `also` is not an object of lists",
        "10: `missing` is ['everything']: it must be a list of goal, deadline, scope",
        "11: `needs_ack` is 'yes': it must be true or false",
    ]
    assert "  all               1 " in captured.out


@pytest.mark.parametrize("name", ["none.jsonl", "messages.csv"])
def test_input_that_is_none_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (tmp_path / "messages.csv").write_text("a,b\n")
    assert evaluate(tmp_path / name) == 1
    assert name in capsys.readouterr().err


def test_a_file_without_a_usable_line_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(write(tmp_path, "[]")) == 1
    assert "no labelled message" in capsys.readouterr().err


def test_rules_of_the_configuration_are_seen_before_they_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "assistant: {name: Katarzyna}\n"
        "urgency_rules: [{name: every thanks, when: {text: dziękuj}, then: {urgency: low}}]\n",
        encoding="utf-8",
    )
    file = write(tmp_path, message(urgency="low"), message(id="m2", urgency="none"))
    assert evaluate(file, "--config", config) == 0
    out = capsys.readouterr().out
    assert "Wrong (1)" in out
    assert "because the rule “every thanks” of the configuration says so; in the text: “Dziękuję”" in out


def test_serbian_messages_are_judged_by_the_serbian_calendar(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """6 January is a holiday in Poland and none in Serbia: only there the next check is on the same day."""
    body = {"pl": "Proszę o ofertę do jutra do 9:00.", "sr": "Molim vas pošaljite ponudu do sutra u 9 časova."}
    rows = [
        message(id=language, language=language, body=body[language], sent_at="2027-01-06T12:30+01:00", urgency="none")
        for language in ("pl", "sr")
    ]
    assert evaluate(write(tmp_path, *rows), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    because = {each["id"]: " ".join(each["because"]) for each in report["wrong"]}
    assert "7 January, 8 am" in because["pl"]
    assert "6 January, 4 pm" in because["sr"]
