"""`triage-bot backtest`: past mail from every kind of source, played through as the bot would have met it."""

import asyncio
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from triage_bot.channels.mail_parse import Sizes
from triage_bot.cli import backtest_run, main
from triage_bot.cli.past_mail import PastMail, Span, arrived_at, open_files
from triage_bot.cli.progress import Progress
from triage_bot.demo.mail_servers import imap_server

WARSAW = ZoneInfo("Europe/Warsaw")
SIZES = Sizes(65_536, 262_144, 262_144)
EVERYTHING = Span()
CONFIG = """\
assistant: {name: Katarzyna}
channels:
  mail:
    - name: kontakt
      address: kontakt@zaradna.example
      imap: {host: 127.0.0.1, port: %d, security: none, user: maja, password_env: BACKTEST_PASSWORD}
      smtp: {host: 127.0.0.1, port: 1, security: none}
clients:
  - {name: Nowak, language: pl, contacts: [{domain: nowak.example}]}
  - {name: Baker, language: en, contacts: [{email: ann@baker.example}]}
"""


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in Warsaw; the 20th is a Friday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=WARSAW)


def mail(
    when: datetime,
    sender: str = "jan@nowak.example",
    *,
    to: str = "kontakt@zaradna.example",
    text: str = "Proszę o przygotowanie oferty dla nowego klienta.",
    ident: str = "",
    answers: str = "",
    subject: str = "Oferta",
    extra: str = "",
) -> bytes:
    refs = f"In-Reply-To: <{answers}>\n" if answers else ""
    ident = ident or f"{when.timestamp():.0f}.{sender}"
    return (
        f"Received: from mx by imap; {format_datetime(when)}\nDate: {format_datetime(when - timedelta(seconds=9))}\n"
        f"From: {sender}\nTo: {to}\nSubject: {subject}\nMessage-ID: <{ident}>\n{refs}{extra}"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    ).encode()


def mbox(mails: Iterable[bytes]) -> bytes:
    return b"".join(b"From someone Fri Nov 20 10:00:00 2026\n" + raw + b"\n" for raw in mails)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG % 1, encoding="utf-8")
    return file


def report(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert main(["backtest", *map(str, arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def played(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str], *mails: bytes, options: tuple[object, ...] = ()
) -> dict[str, Any]:
    file = tmp_path / "past.mbox"
    file.write_bytes(mbox(mails))
    return report(capsys, file, "--config", config, *options)


def keys(past: PastMail) -> list[datetime]:
    return [letter.arrived_at for letter in past.letters()]


# --- where the mail comes from ------------------------------------------------------------------------------------


def test_mails_come_in_the_order_of_their_arrival_from_every_kind_of_file(tmp_path: Path) -> None:
    mails = [mail(at(20, hour)) for hour in (12, 9, 15)]
    (tmp_path / "past.mbox").write_bytes(mbox(mails))
    (tmp_path / "eml").mkdir()
    for name in ("cur", "new", "tmp"):
        (tmp_path / "maildir" / name).mkdir(parents=True)
    for number, raw in enumerate(mails):
        (tmp_path / "eml" / f"{number}.eml").write_bytes(raw)
        (tmp_path / "maildir" / ("cur" if number else "new") / f"17000{number}.x.host:2,S").write_bytes(raw)
    (tmp_path / "maildir" / "cur" / "17009.x.host:2,ST").write_bytes(mail(at(20, 10)))
    (tmp_path / "maildir" / "tmp" / "17010.half").write_bytes(b"From: nobody")
    (tmp_path / "eml" / "notes.txt").write_text("no mail")
    for name in ("past.mbox", "eml", "maildir"):
        past = open_files(tmp_path / name, EVERYTHING, SIZES)
        assert past.total == 3, name
        assert keys(past) == [at(20, 9), at(20, 12), at(20, 15)], name


def test_a_span_holds_its_beginning_and_not_its_end(tmp_path: Path) -> None:
    (tmp_path / "past.mbox").write_bytes(mbox(mail(at(20, hour)) for hour in (8, 9, 10)))
    past = open_files(tmp_path / "past.mbox", Span(at(20, 9), at(20, 10)), SIZES)
    assert (past.total, keys(past)) == (1, [at(20, 9)])


def test_an_mbox_is_divided_where_its_mails_begin(tmp_path: Path) -> None:
    """A line that begins with `From ` stands in many a body: quoted, not quoted, and before a line like a header."""
    bodies = (
        "Hej,\n\nFrom now on we do it so.\n\nBye",
        "Quoted:\n\n>From the beginning\n>>From twice",
        "A list:\nFrom here\nTo: there",
    )
    (tmp_path / "past.mbox").write_bytes(mbox(mail(at(20, 8 + n), text=text) for n, text in enumerate(bodies)))
    letters = list(open_files(tmp_path / "past.mbox", EVERYTHING, SIZES).letters())
    texts = [
        letter.content.partition(b"\n\n")[2].decode().strip() for letter in letters if isinstance(letter.content, bytes)
    ]
    assert texts == [bodies[0], "Quoted:\n\nFrom the beginning\n>From twice", bodies[2]]


def test_an_mbox_with_crlf_and_one_that_is_empty_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "crlf.mbox").write_bytes(mbox([mail(at(20, 9)), mail(at(20, 8))]).replace(b"\n", b"\r\n"))
    assert keys(open_files(tmp_path / "crlf.mbox", EVERYTHING, SIZES)) == [at(20, 8), at(20, 9)]
    (tmp_path / "empty.mbox").write_bytes(b"")
    assert keys(open_files(tmp_path / "empty.mbox", EVERYTHING, SIZES)) == []


@pytest.mark.parametrize(
    ("head", "found"),
    [
        pytest.param(mail(at(20, 9)), at(20, 9), id="the last server's word counts"),
        pytest.param(b"Date: Fri, 20 Nov 2026 09:00:00 +0100\n\nx", at(20, 9), id="else the date it was written"),
        pytest.param(
            b"Received: from a by b\nDate: Fri, 20 Nov 2026 09:00:00 +0100\n\n",
            at(20, 9),
            id="a server that names no date is passed over",
        ),
        pytest.param(b"Subject: x\n\nDate: Fri, 20 Nov 2026 09:00:00 +0100", None, id="a body is no header"),
        pytest.param(
            b"X-Mozilla-Status: 0009\nDate: Fri, 20 Nov 2026 09:00:00 +0100\n\n", None, id="deleted in Thunderbird"
        ),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_when_a_mail_came(head: bytes, found: datetime | None) -> None:
    assert arrived_at(head, 65_536) == found


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("nowhere", "no such file or folder, and no mailbox of the configuration (kontakt)"),
        ("notes.txt", "not an mbox file"),
        ("folder", "neither a Maildir"),
    ],
)
def test_what_is_no_source_is_told(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str], name: str, what: str
) -> None:
    (tmp_path / "notes.txt").write_text("just text\n")
    (tmp_path / "folder").mkdir()
    assert main(["backtest", str(tmp_path / name), "--config", str(config)]) == 1
    assert what in capsys.readouterr().err


@pytest.mark.parametrize("options", [("--since", "yesterday"), ("--since", "2026-11-20", "--until", "2026-11-18")])
def test_a_span_that_is_none_is_told(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    assert main(["backtest", str(tmp_path), "--config", str(config), *options]) == 1
    assert capsys.readouterr().err


async def test_a_mailbox_is_read_over_imap_and_left_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKTEST_PASSWORD", "sesame")
    async with imap_server({"maja": "sesame"}) as server:
        for day in (18, 20, 19):
            await server.deliver("maja", mail(at(day, 9)), at(day, 9))
        config = tmp_path / "config.yaml"
        config.write_text(CONFIG % server.port, encoding="utf-8")
        before = await server.flags("maja")
        found = await asyncio.to_thread(report, capsys, "kontakt", "--config", config, "--since", "2026-11-19")
        assert await server.flags("maja") == before
    assert (found["mails"], found["first_at"][:10], found["last_at"][:10]) == (2, "2026-11-19", "2026-11-20")
    assert found["configs"][0]["totals"]["acknowledged"] == 2


# --- what the bot would have done ---------------------------------------------------------------------------------


def test_mails_are_counted_by_week_and_client(tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = played(
        tmp_path,
        config,
        capsys,
        mail(at(20, 9)),
        mail(at(20, 11), "ann@baker.example", text="Could you please prepare the offer for the new customer?"),
        mail(at(23, 9), "ola@nowak.example"),
        mail(at(23, 10), "obcy@else.example"),
        mail(at(23, 11), "noreply@nowak.example", extra="Auto-Submitted: auto-generated\n"),
    )
    assert found["mails"] == 5
    weeks = {(row["week"], row["client"]): row for row in found["configs"][0]["weeks"]}
    assert {row: (counted["mails"], counted["acknowledged"]) for row, counted in weeks.items()} == {
        ("2026-W47", "Nowak"): (1, 1),
        ("2026-W47", "Baker"): (1, 1),
        ("2026-W48", None): (1, 0),
        ("2026-W48", "Nowak"): (2, 1),
    }
    assert weeks["2026-W47", "Nowak"]["longest_wait_minutes"] == 180
    assert found["configs"][0]["not_acknowledged"] == {"UNKNOWN_SENDER": 1, "AUTO_SUBMITTED": 1}


def test_a_thread_is_acknowledged_once_a_day_and_a_contact_five_times_an_hour(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = mail(at(20, 9), ident="first@nowak.example")
    again = mail(at(20, 9, 20), answers="first@nowak.example", text="I jeszcze proszę o cennik do oferty.")
    others = [mail(at(20, 9, 20 + n), text=f"Proszę o ofertę numer {n}.", ident=f"{n}@x") for n in range(1, 7)]
    found = played(tmp_path, config, capsys, first, again, *others)
    assert found["configs"][0]["not_acknowledged"] == {"CONTACT_HOUR": 2, "THREAD_ACKNOWLEDGED": 1}
    assert found["configs"][0]["totals"]["acknowledged"] == 5


def test_copies_and_the_same_text_count_as_the_bot_counts_them(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    once = mail(at(20, 9), ident="once@x")
    found = played(tmp_path, config, capsys, once, once, mail(at(20, 9, 5), ident="other@x"))
    assert (found["mails"], found["copies"]) == (2, 1)
    assert found["configs"][0]["not_acknowledged"] == {"SAME_TEXT": 1}


UNANSWERED = """\
urgency_rules:
  - {name: third time, when: {unanswered: 3}, then: {urgency: urgent, tag: waits}}
"""


@pytest.mark.parametrize(
    ("she_answers", "hits"),
    [pytest.param(False, 1, id="the third message"), pytest.param(True, 0, id="she has answered the first")],
)
def test_what_she_wrote_herself_closes_what_it_answers(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str], she_answers: bool, hits: int
) -> None:
    config.write_text(config.read_text() + UNANSWERED)
    hers = mail(at(20, 9, 30), "kontakt@zaradna.example", ident="hers@x", answers="a@x", to="jan@nowak.example")
    mails = [
        mail(at(20, 9), ident="a@x"),
        *([hers] if she_answers else []),
        mail(at(20, 10), ident="b@x", answers="a@x", text="Czy oferta już jest?"),
        mail(at(20, 11), ident="c@x", answers="b@x", text="Halo, co z ofertą?"),
    ]
    found = played(tmp_path, config, capsys, *mails)
    assert found["own"] == int(she_answers)
    assert found["configs"][0]["rules"] == ({"third time": 1} if hits else {})
    assert found["configs"][0]["tags"] == ({"waits": 1} if hits else {})
    assert found["configs"][0]["totals"]["alerts"] == hits


def test_two_configurations_are_compared_mail_by_mail(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(
        config.read_text() + "urgency_rules: [{name: offers, when: {text: ofert}, then: {urgency: low, tag: offer}}]\n"
    )
    mails = (mail(at(20, 9)), mail(at(20, 10), text="Proszę o przelew do dostawcy.", subject="Przelew"))
    found = played(tmp_path, config, capsys, *mails, options=("--against", other))
    assert (found["mails"], found["different"]) == (2, 1)
    assert [each["changes"] for each in found["differences"]] == [
        {"urgency": ["normal", "low"], "rule": ["", "offers"], "tag": ["", "offer"]}
    ]
    assert {"field": "urgency", "from": "normal", "to": "low", "mails": 1} in found["changes"]
    assert main(["backtest", str(tmp_path / "past.mbox"), "--config", str(config), "--against", str(other)]) == 0
    out = capsys.readouterr().out
    assert "Different: 1 mail\n" in out
    assert "      urgency: normal -> low\n" in out
    assert main(["backtest", str(tmp_path / "past.mbox"), "--config", str(config), "--against", str(config)]) == 0
    assert "Both do the same with every mail." in capsys.readouterr().out


def test_several_processes_find_the_same_as_one(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    senders = ("jan@nowak.example", "ola@nowak.example", "ann@baker.example", "obcy@else.example")
    mails = [mail(at(20, 8) + timedelta(minutes=7 * n), senders[n % 4], ident=f"{n}@x") for n in range(130)]
    alone = played(tmp_path, config, capsys, *mails)
    monkeypatch.setattr(backtest_run, "WORTH_MORE_PROCESSES", 1)
    monkeypatch.setattr(backtest_run.os, "cpu_count", lambda: 2)
    assert played(tmp_path, config, capsys, *mails) == alone


def test_a_span_without_mail_is_no_error(tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "past.mbox").write_bytes(mbox([mail(at(20, 9))]))
    assert main(["backtest", str(tmp_path / "past.mbox"), "--config", str(config), "--since", "2026-12-01"]) == 0
    assert "no mail in this time" in capsys.readouterr().out


# --- the bar ------------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_drawn_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage_bot.cli.progress.PAUSE", 0)
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        with Progress(4, stream) as bar:
            bar.step(1)
            bar.step(3)
    drawn = terminal.getvalue().split("\r")
    assert drawn[1].startswith("[#######.......................] 1 of 4, ")
    assert drawn[2].startswith("[##############################] 4 of 4, ")
    assert drawn[-1] == "\x1b[K"
    assert file.getvalue() == ""


def test_moments_are_aware() -> None:
    found = arrived_at(mail(at(20, 9)), 65_536)
    assert found is not None
    assert found.tzinfo is UTC
