"""`triage-bot pair` and `triage-bot away`: what is said beside the configuration, from a terminal."""

import asyncio
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from triage_bot.cli import main
from triage_bot.cli.pair import _bot_name
from triage_bot.config import load_config
from triage_bot.core.calendar_days import Vacation
from triage_bot.core.pairing import code_in, hashed
from triage_bot.core.standing import NOTHING_SAID
from triage_bot.demo.bot_api import BotApi
from triage_bot.store.store import Store

CONFIG = """\
assistant: {name: Katarzyna, zone: Europe/Warsaw}
assistants: [{name: Marta, language: sr, telegram: 222333444}]
database: sqlite:///triage_bot.db
channels:
  telegram: {token_file: token, api_url: "http://127.0.0.1:1"}
clients: [{name: Nowak, assistant: Marta, contacts: [{domain: nowak.example}]}]
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "token").write_text("123:abc")
    (tmp_path / "token").chmod(0o600)
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def opened(folder: Path) -> Store:
    return Store.open(f"sqlite:///{folder}/triage_bot.db", exclusive=False)


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(list(words)) == code
    shown = capsys.readouterr()
    return shown.out if code == 0 else shown.err


def test_a_code_is_printed_that_pairs_the_first_assistant(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "pair")
    assert "The code for Katarzyna: pair-" in out
    assert "Send it to your bot on Telegram within 15 minutes" in out, "Telegram cannot be asked for the bot's name"
    code = code_in(out.split()[4])
    assert code is not None
    store = opened(config)
    now = datetime.now(UTC)
    assert store.pairing_for(hashed(code), now) == "Katarzyna"
    assert store.pairing_for(hashed(code), now + timedelta(minutes=15)) is None
    assert code.encode() not in (config / "triage_bot.db").read_bytes()
    assert "Katarzyna  no chat" in said(capsys, "pair", "--list")
    assert store.pair(hashed(code), 77, [], now)
    assert re.search(r"^Katarzyna  chat 77, paired \w{3} \d{4}-", said(capsys, "pair", "--list"), re.MULTILINE)
    assert said(capsys, "pair", "--forget", "Katarzyna") == "Katarzyna has no paired chat any more.\n"
    unused = code_in(said(capsys, "pair").split()[4])
    assert unused is not None
    out = said(capsys, "pair", "--forget", "Katarzyna")
    assert out == "Katarzyna has paired no chat; codes printed for her before are no longer good.\n"
    assert store.pairing_for(hashed(unused), now) is None
    store.close()


async def test_the_bot_is_named_where_telegram_answers(tmp_path: Path) -> None:
    async with BotApi() as telegram:
        (tmp_path / "token").write_text(telegram.token)
        (tmp_path / "token").chmod(0o600)
        text = CONFIG.replace("http://127.0.0.1:1", telegram.url)
        (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
        name = await asyncio.to_thread(_bot_name, load_config(tmp_path / "config.yaml"))
    assert re.fullmatch(r"@\w+", name)


def test_a_chat_of_the_configuration_is_not_paired(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "stands in the configuration" in said(capsys, "pair", "Marta", code=1)
    assert "did you mean 'Marta'?" in said(capsys, "pair", "Martha", code=1)
    assert "chat 222333444, in the configuration" in said(capsys, "pair", "--list")
    assert "stands in the configuration" in said(capsys, "pair", "--forget", "Marta", code=1)


def test_without_a_bot_there_is_nothing_to_pair_with(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config / "config.yaml").write_text("assistant: {name: Katarzyna}\n", encoding="utf-8")
    assert "there is no bot" in said(capsys, "pair", code=1)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        pytest.param("pair-7K3M-Q9XT", "pair-7K3M-Q9XT", id="as printed"),
        pytest.param(" PAIR-7k3m-q9xt\n", "pair-7K3M-Q9XT", id="in another case"),
        pytest.param("/start pair-7K3M-Q9XT", "pair-7K3M-Q9XT", id="by the link"),
        pytest.param("pair-OIL0-0000", "pair-0110-0000", id="letters that look alike"),
        pytest.param("pair 7K3M Q9XT", "pair-7K3M-Q9XT", id="with spaces"),
        pytest.param("Pair - 7K3M - Q9XT.", "pair-7K3M-Q9XT", id="with dashes between spaces, as a sentence"),
        pytest.param("pair–7K3M\u00a0—\u00a0Q9XT", "pair-7K3M-Q9XT", id="with what a keyboard makes of dashes"),
        pytest.param("pair up with Eva", None, id="a sentence of a client"),
        pytest.param("my pair-7K3M-Q9XT", None, id="a text around it is no code"),
        pytest.param("pair-7K3M-Q9X", None, id="too short"),
        pytest.param("/start", None, id="start alone"),
    ],
)
def test_a_code_is_read_however_it_is_written(written: str, code: str | None) -> None:
    assert code_in(written) == code


def test_an_absence_is_announced_shown_and_ended(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    today = datetime.now(UTC).date()
    last_on = today + timedelta(days=4)
    out = said(capsys, "away", f"{today - timedelta(days=1)}..{last_on}", "na", "szkoleniu", "--assistant", "Marta")
    assert out.startswith("Marta is away ")
    assert out.rstrip().endswith(": na szkoleniu")
    assert "na szkoleniu" in said(capsys, "away", "show", "--assistant", "Marta")
    assert "no absence" in said(capsys, "away"), "the first assistant has said nothing"
    store = opened(config)
    assert store.standing().away == {"Marta": (Vacation(today - timedelta(days=1), last_on, "na szkoleniu"),)}
    store.close()
    assert said(capsys, "away", "back", "--assistant", "Marta") == "Marta is back\n"
    assert "no absence that runs" in said(capsys, "away", "back", "--assistant", "Marta", code=1)


def test_acknowledgements_are_paused_and_resumed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "pause", "--assistant", "Marta") == (
        "Paused: clients of Marta get no acknowledgements until `triage-bot resume`.\n"
    )
    assert "paused already" in said(capsys, "pause", "--assistant", "Marta", code=1)
    assert "are paused since" in said(capsys, "away", "show", "--assistant", "Marta")
    store = opened(config)
    assert store.standing().paused.keys() == {"Marta"}
    assert said(capsys, "resume", "--assistant", "Marta") == "Resumed: clients of Marta get acknowledgements again.\n"
    assert store.standing().paused == {}
    store.close()
    assert "are not paused" in said(capsys, "resume", "--assistant", "Marta", code=1)
    assert "no assistant is called 'Ana'" in said(capsys, "pause", "--assistant", "Ana", code=1)


def test_what_is_said_is_taken_back_by_queue_undo(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "away", "2126-12-01..2126-12-05")
    said(capsys, "pause")
    assert said(capsys, "queue", "undo") == "the pause was taken back\n"
    assert said(capsys, "queue", "undo") == "the absence 2126-12-01 to 2126-12-05 was taken back\n"
    assert "nothing that can be taken back" in said(capsys, "queue", "undo", code=1)
    store = opened(config)
    assert store.standing() == NOTHING_SAID
    store.close()


def test_what_is_no_absence_is_refused_with_the_forms(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "write 2026-12-01..2026-12-05" in said(capsys, "away", "na", "urlopie", code=1)
    assert "is over" in said(capsys, "away", str(date(2026, 1, 1)), code=1)
    assert "no assistant is called 'Ana'" in said(capsys, "away", "--assistant", "Ana", code=1)
