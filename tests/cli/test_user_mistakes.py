"""What a user may do wrong with any command ends in a sentence, not in a traceback."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from triage_bot import __version__
from triage_bot.cli import main

CONFIGURED = {
    "run": ["run"],
    "check": ["check"],
    "check --offline": ["check", "--offline"],
    "explain": ["explain", "mail.eml"],
    "promise": ["promise", "--at", "2026-11-20T12:30"],
    "queue": ["queue"],
    "queue show": ["queue", "show", "1"],
    "queue done": ["queue", "done", "1"],
    "promises": ["promises"],
    "promises broken": ["promises", "broken"],
    "calendar show": ["calendar", "show"],
    "calendar check": ["calendar", "check"],
    "backtest": ["backtest", "."],
    "evaluate": ["evaluate", "labelled.jsonl"],
}

MAIL = b"From: a@b.example\r\nSubject: Umowa\r\nDate: Fri, 20 Nov 2026 17:20:00 +0100\r\n\r\nKiedy?\r\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mail.eml").write_bytes(MAIL)


def command_line(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "triage_bot", *arguments]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


# --- the configuration


@pytest.mark.parametrize("arguments", CONFIGURED.values(), ids=CONFIGURED)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(
            None, "config.yaml:1:1: there is no such file; `triage-bot check --example` prints one", id="none"
        ),
        pytest.param(Path, "config.yaml:1:1: cannot be read: Is a directory", id="a folder"),
        pytest.param(b"", "config.yaml:1:1: is empty", id="empty"),
        pytest.param(b"\xff\xfe\x00", "config.yaml:1:1: is not UTF-8", id="not UTF-8"),
        pytest.param(b"a: [\n", "config.yaml:2:1: while parsing", id="no YAML"),
        pytest.param(b"- a\n", "config.yaml:1:1: must be a mapping of keys", id="a list"),
    ],
)
def test_a_file_that_is_no_configuration(
    arguments: Sequence[str], content: object, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is Path:
        Path("config.yaml").mkdir()
    elif isinstance(content, bytes):
        Path("config.yaml").write_bytes(content)
    assert main([*arguments, "--config", "config.yaml"]) == 1
    output = capsys.readouterr()
    assert output.err.startswith(said)
    assert output.out == ""


def test_run_says_every_problem_at_once_before_it_touches_anything(capsys: pytest.CaptureFixture[str]) -> None:
    Path("config.yaml").write_text("assistant: {name: K, zone: Warsaw}\nagreement: {check_window: {mon: ['25:00']}}\n")
    assert main(["run", "--config", "config.yaml"]) == 1
    said = capsys.readouterr().err
    assert "did you mean `Europe/Warsaw`?" in said
    assert "did you mean `check_windows`?" in said
    assert not Path("triage_bot.db").exists()


def test_the_example_of_check_is_a_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--example"]) == 0
    Path("config.yaml").write_text(capsys.readouterr().out)
    assert main(["promise", "--config", "config.yaml", "--at", "2026-11-20T12:30"]) == 0


# --- the database


@pytest.mark.parametrize(
    "arguments",
    [["queue"], ["queue", "show", "1"], ["queue", "done", "1"], ["promises"], ["promises", "broken"]],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("database", "said"),
    [
        pytest.param("sqlite:///missing/bot.db", "missing", id="its folder is not there"),
        pytest.param("sqlite:///bot.db", "bot.db does not exist yet: `triage-bot run` makes it.", id="not made yet"),
        pytest.param("sqlite:///mail.eml", "is not a database", id="another file"),
        pytest.param("sqlite:///folder", "is a folder: name a file in it", id="a folder"),
    ],
)
def test_a_database_that_cannot_be_used(
    arguments: Sequence[str], database: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("folder").mkdir()
    Path("config.yaml").write_text(f"assistant: {{name: K}}\ndatabase: {database}\n")
    assert main([*arguments, "--config", "config.yaml"]) == 1
    assert said in capsys.readouterr().err


# --- the command line


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["explain"],
        ["promise"],
        ["queue", "show", "x"],
        ["queue", "done", "9" * 20],
        ["calendar", "why"],
    ],
)
def test_a_command_line_that_cannot_be_understood(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: triage-bot")


@pytest.mark.parametrize(
    "command", ["", "run", "check", "explain", "evaluate", "backtest", "promise", "promises", "calendar", "queue"]
)
def test_every_command_describes_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: triage-bot {command}".rstrip())


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"triage-bot {__version__}\n"


def test_a_client_whom_the_example_lacks_may_be_in_a_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["promise", "--client", "Nowak", "--at", "2026-11-20T12:30"]) == 1
    assert "--config FILE for yours" in capsys.readouterr().err
    Path("config.yaml").write_text("assistant: {name: K}\n")
    assert main(["promise", "--client", "Nowak", "--at", "2026-11-20T12:30", "--config", "config.yaml"]) == 1
    assert "--config" not in capsys.readouterr().err


# --- pipes, keys and terminals


def test_a_terminal_without_these_letters_gets_question_marks() -> None:
    Path("mail.eml").write_bytes(MAIL.replace(b"Umowa", "Понуда".encode()))
    ran = subprocess.run(
        command_line("explain", "mail.eml"),
        capture_output=True,
        env=environment() | {"PYTHONIOENCODING": "iso8859-2"},
        timeout=PATIENCE,
    )
    assert ran.returncode == 0
    assert ran.stderr == b""
    assert b"mail.eml: ??????" in ran.stdout


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    piped = 'yes 2026-11-20T12:30 | head -5000 | "$@" | head -1; echo "${PIPESTATUS[2]}"'
    ran = subprocess.run(
        ["bash", "-c", piped, "-", *command_line("promise", "--json", "--at", "-")],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
    )
    first, code = ran.stdout.splitlines()
    assert first.startswith('{"at": ')
    assert code == "1"
    assert ran.stderr == ""


def test_check_ends_with_its_reader_too() -> None:
    Path("token").write_text("42:" + "A" * 35)
    Path("token").chmod(0o600)
    Path("config.yaml").write_text(
        "assistant: {name: K, telegram: 1000}\n"
        "channels: {telegram: {token_file: token, api_url: 'http://127.0.0.1:1'}}\n"
    )
    ran = subprocess.run(
        ["bash", "-c", '"$@" | head -1; echo "${PIPESTATUS[0]}"', "-", *command_line("check")],
        capture_output=True,
        text=True,
        env=environment() | {"PYTHONUNBUFFERED": "1"},
        timeout=PATIENCE,
    )
    assert ran.stdout == "config.yaml: ok\n1\n"
    assert ran.stderr == ""


def test_ctrl_c_ends_a_command_without_a_word() -> None:
    with subprocess.Popen(
        command_line("promise", "--json", "--at", "2026-11-20T12:30", "--at", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment() | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith(b'{"at": ')
        # A signal between that line and the wait for more moments would only be seen after the wait.
        while Path(f"/proc/{process.pid}/stat").read_bytes().rpartition(b") ")[2][:1] != b"S":
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE) == 130
        assert process.stderr.read() == b""


@pytest.mark.parametrize(
    ("output", "said"),
    [
        pytest.param(">/dev/full", "the output cannot be written: No space left on device\n", id="a full disk"),
        pytest.param(">&-", "the output cannot be written: it is closed\n", id="closed"),
    ],
)
def test_output_that_cannot_be_written_is_one_line(output: str, said: str) -> None:
    ran = subprocess.run(
        ["bash", "-c", f'"$@" {output}', "-", *command_line("explain", "mail.eml")],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
    )
    assert (ran.returncode, ran.stderr) == (1, said)
