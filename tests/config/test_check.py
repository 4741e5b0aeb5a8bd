"""`triage-bot check`, as its user sees it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from triage_bot.cli import main
from triage_bot.cli.check_connections import Connection, try_and_tell
from triage_bot.errors import PermanentFailure


def write(folder: Path, text: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return file


ACCOUNT = """\
assistant: {name: Katarzyna}
channels:
  mail:
    - name: kontakt
      address: kontakt@zaradna.example
      imap: {host: 127.0.0.1, port: 1, security: none, user: kontakt, password_env: CHECKED_PASSWORD, timeout: 2s}
      smtp: {host: 127.0.0.1, port: 1, security: none, timeout: 2s}
"""
NOBODY_IS_TOLD = "without `channels.telegram` (your bot) no digest and no alert reaches you"


def test_every_problem_is_told_and_the_exit_code_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, "assistant: {name: K, zone: Warsaw}\nagreement: {check_windows: {mon: ['25:00']}}\n")
    assert main(["check", "--config", str(file), "--offline"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{file}:1:1: channels: there is neither a mailbox nor a Telegram bot: nothing to read",
        f"{file}:1:28: assistant.zone: `Warsaw` is not a time zone - did you mean `Europe/Warsaw`?",
        f"{file}:2:35: agreement.check_windows.mon[0]: `25:00` is not a time: write `08:00`",
    ]


def test_a_good_configuration_is_ok_offline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKED_PASSWORD", "hunter2")
    file = write(tmp_path, ACCOUNT + "clients: [{name: Kowalski}]\n")
    assert main(["check", "--config", str(file), "--offline"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"warning: {file}:8:11: clients[0]: the client has no `contacts`: nothing is ever recognised as theirs",
        f"warning: {file}:1:12: assistant: {NOBODY_IS_TOLD}",
        f"{file}: ok",
    ]


def test_a_server_that_is_not_there_fails_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKED_PASSWORD", "hunter2")
    file = write(tmp_path, ACCOUNT)
    assert main(["check", "--config", str(file)]) == 1
    warning, *lines = capsys.readouterr().out.splitlines()
    assert warning.endswith(NOBODY_IS_TOLD)
    assert lines[0] == f"{file}: ok"
    assert lines[1].startswith("kontakt: IMAP 127.0.0.1:1: FAILED: ")
    assert lines[2].startswith("kontakt: SMTP 127.0.0.1:1: FAILED: ")
    assert "hunter2" not in "".join(lines)


def says(text: str, after: float = 0) -> Callable[[], Awaitable[str]]:
    async def probe() -> str:
        await asyncio.sleep(after)
        return text

    return probe


async def fails() -> str:
    raise PermanentFailure("refused: login was refused: check the password")


def test_one_line_each_in_their_order_however_long_they_take(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = [
        Connection("kontakt", "slow", PATIENCE, says("logged in as kontakt", after=0.05)),
        Connection("kontakt", "quick", PATIENCE, says("ok: @zaradna_bot")),
        Connection("kontakt", "refused", PATIENCE, fails),
        Connection("kontakt", "silent", 0.01, says("never", after=60)),
        Connection("kontakt", "plain", PATIENCE, says("ok")),
    ]
    assert try_and_tell(wanted) is False
    assert capsys.readouterr().out.splitlines() == [
        "kontakt: slow: ok, logged in as kontakt",
        "kontakt: quick: ok, @zaradna_bot",
        "kontakt: refused: FAILED: login was refused: check the password",
        "kontakt: silent: FAILED: no answer in 0 s: check host, port and `security`",
        "kontakt: plain: ok",
    ]
    assert try_and_tell(wanted[:2]) is True


def test_a_template_that_is_never_read_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKED_PASSWORD", "hunter2")
    (tmp_path / "texts" / "pl").mkdir(parents=True)
    (tmp_path / "texts" / "pl" / "acknowledgment.txt").touch()
    file = write(tmp_path, ACCOUNT + "templates: texts\n")
    assert main(["check", "--config", str(file), "--offline"]) == 0
    stray = tmp_path / "texts/pl/acknowledgment.txt"
    assert (
        f"warning: {stray}:1:1: is never read - did you mean `pl/acknowledgement.txt`?"
        in capsys.readouterr().out.splitlines()
    )
