"""`triage-bot promise`, from the command line to the printed account."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from triage_bot.cli import main

CONFIG = """\
assistant:
  name: Katarzyna
  zone: Europe/Warsaw
agreement:
  hours: {mon-fri: ["08:00-16:00"]}
  check_windows: {mon-fri: ["08:00", "12:00", "16:00"]}
  holidays: {country: PL}
clients:
  - name: Harbor Books
    zone: America/New_York
    contacts: [{email: lee@harborbooks.example}]
    agreement:
      response: {within: 4 working hours}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def answers(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["promise", "--json", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_account_of_the_default_agreement(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (answer,) = answers(capsys, "--config", str(config), "--at", "2026-11-10T15:30:20")
    assert answer.pop("because")
    assert answer == {
        "at": "2026-11-10T15:30:20+01:00",
        "client": None,
        "next_check_at": "2026-11-10T16:00:00+01:00",
        "promise_at": "2026-11-10T16:00:00+01:00",
        "promise_at_client": "2026-11-10T16:00:00+01:00",
        "answered_by": False,
        "inside_hours": True,
        "working_minutes": 30,
    }


def test_the_account_of_a_client_in_another_zone(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--config", str(config), "--client", "Harbor Books", "--at", "2026-11-10T12:00-05:00"]
    (answer,) = answers(capsys, *arguments)
    assert answer["at"] == "2026-11-10T18:00:00+01:00"
    assert answer["client"] == "Harbor Books"
    assert answer["next_check_at"] == "2026-11-12T08:00:00+01:00"
    assert answer["promise_at"] == "2026-11-12T12:00:00+01:00"
    assert answer["promise_at_client"] == "2026-11-12T06:00:00-05:00"
    assert answer["working_minutes"] == 240
    assert not answer["inside_hours"]
    assert any("Independence" in sentence for sentence in answer["because"])


def test_a_person_reads_both_zones(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["promise", "--config", str(config), "--client", "Harbor Books", "--at", "2026-11-09T13:00"])
    told = capsys.readouterr().out
    assert "answered by Tue 2026-11-10 12:00 CET" in told
    assert "which is Tue 2026-11-10 06:00 EST for the client" in told
    assert "inside working hours" in told


def test_without_a_configuration_the_agreement_of_the_example_holds(capsys: pytest.CaptureFixture[str]) -> None:
    answer, friday = answers(capsys, "--at", "2026-11-18T12:30", "--at", "2026-11-20T17:00")
    assert answer["promise_at"] == "2026-11-18T16:00:00+01:00"
    assert friday["promise_at"] == "2026-11-23T08:00:00+01:00"


def test_an_agreement_without_windows_promises_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.replace('["08:00", "12:00", "16:00"]', "[]"), encoding="utf-8")
    (answer,) = answers(capsys, "--config", str(config), "--at", "2026-11-18T12:30")
    assert answer["next_check_at"] is None
    assert answer["promise_at"] is None
    assert answer["working_minutes"] is None
    main(["promise", "--config", str(config), "--at", "2026-11-18T12:30"])
    assert "promise    none" in capsys.readouterr().out


def test_moments_are_read_from_standard_input(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("2026-11-18T09:00\n\n  2026-11-18T13:00Z  \n2026-11-18T10:00"))
    found = answers(capsys, "--config", str(config), "--at", "2026-11-18T08:00", "--at", "-")
    assert [answer["next_check_at"][11:16] for answer in found] == ["08:00", "12:00", "16:00", "12:00"]


def test_a_bad_line_is_named_after_the_good_ones_before_it(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("2026-11-18T09:00\nsoon\n2026-11-18T10:00\n"))
    assert main(["promise", "--json", "--config", str(config), "--at", "-"]) == 1
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 1
    assert said.err.startswith("line 2 of standard input: 'soon' is not a moment")


def test_standard_input_that_is_no_text_is_refused(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"2026-11-18T09:00\n\xff\xfe\n"), encoding="utf-8"))
    assert main(["promise", "--json", "--config", str(config), "--at", "-"]) == 1
    assert "not text in UTF-8" in capsys.readouterr().err


def test_an_unknown_client_is_answered_with_the_one_that_was_meant(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["promise", "--config", str(config), "--client", "Harbour Books", "--at", "2026-11-18T09:00"]) == 1
    assert "did you mean 'Harbor Books'?" in capsys.readouterr().err


def test_the_command_line_is_described_without_its_heavy_parts() -> None:
    script = (
        "import sys, contextlib, io\nfrom triage_bot.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main(['promise', '--help'])\n"
        "print(sorted({'holidays', 'pydantic', 'babel', 'jinja2', 'yaml'} & sys.modules.keys()))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
