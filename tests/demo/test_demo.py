"""`make demo`: the play comes out as its script says, the story can be followed, and its servers stay up if asked."""

import asyncio
import imaplib
import io
import re
import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from triage_bot.demo.keep import CLIENT, keep
from triage_bot.demo.play import play
from triage_bot.demo.script import SCENES
from triage_bot.demo.stage import MAILBOX, PASSWORD
from triage_bot.demo.teller import Teller


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The whole story, played once."""
    out = io.StringIO()
    code = asyncio.run(play(tmp_path_factory.mktemp("demo"), Teller(out)))
    assert code == 0, out.getvalue()
    return out.getvalue()


def scene(told: str, title: str) -> str:
    """What the story says between the scene's title and the next scene."""
    (found,) = [part for part in told.split("\n━━ ") if title in part.split("\n")[0]]
    return found


def test_at_least_ten_messages_come_by_mail_and_by_telegram(told: str) -> None:
    assert len(re.findall(r"^   .+ writes (?:by e-mail|on Telegram):$", told, re.MULTILINE)) >= 10
    assert "writes by e-mail:" in told
    assert "writes on Telegram:" in told


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        pytest.param("an ordinary task between two checks", "odpowiem dziś po 16:00", id="12:30 is read at 16:00"),
        pytest.param("a client in New York", "after 10 am today (4 pm my time)", id="another zone has its own clock"),
        pytest.param("an emergency: nothing in it", "🔴 Pilne: Hotel Pod Lipą", id="an emergency rings at once"),
        pytest.param("“nic pilnego”", "decided: low", id="nic pilnego is not urgent"),
        pytest.param("a deadline before the next check", "decided: urgent", id="a deadline is urgent by itself"),
        pytest.param("in Serbian without diacritics", "odgovoriću danas posle 16 časova", id="Serbian, Latin script"),
        pytest.param("an out-of-office reply", "no acknowledgement: an automatic reply", id="no answer to a robot"),
        pytest.param("a newsletter that shouts", "no acknowledgement: a newsletter", id="nor to a newsletter"),
        pytest.param("a thank-you", "no acknowledgement: it needs no answer", id="nor to a thank-you"),
        pytest.param("Friday evening", "w poniedziałek 15 lutego po 8:00", id="Friday evening becomes Monday"),
        pytest.param("a public holiday in Serbia", "u sredu, 17. februara", id="a holiday is skipped"),
        pytest.param("in the other script", "у среду, 17. фебруара", id="Serbian, Cyrillic script"),
        pytest.param("somebody nobody knows", "no acknowledgement: unknown sender", id="strangers are only queued"),
    ],
)
def test_the_story_shows(told: str, title: str, shown: str) -> None:
    assert shown in scene(told, title)


def test_nobody_who_must_be_left_in_peace_reads_anything(told: str) -> None:
    silent = [played for played in SCENES if played.silence]
    assert len(silent) >= 4
    for played in silent:
        assert "reads" not in scene(told, played.title)


def test_the_assistant_reads_the_digest_of_each_window(told: str) -> None:
    assert re.findall(r"│ 📋 Przegląd (\S+):", told) == ["16:00", "8:00", "12:00"]


def test_every_decision_says_why(told: str) -> None:
    decisions = re.findall(r"^   decided: .*\n(.*)", told, re.MULTILINE)
    assert len(decisions) == sum(bool(played.sender) for played in SCENES)
    assert all(line.startswith("     · ") for line in decisions)


async def test_with_keep_a_mail_program_gets_its_acknowledgement(tmp_path: Path) -> None:
    out = io.StringIO()
    kept = asyncio.create_task(keep(tmp_path, Teller(out)))
    try:
        async with asyncio.timeout(PATIENCE):
            while "digests at" not in out.getvalue():
                assert not kept.done(), kept.exception()
                await asyncio.sleep(0.01)
            ports = [int(found) for found in re.findall(r"port (\d+)", out.getvalue())]
            got = await asyncio.to_thread(write_and_wait, *ports)
    finally:
        kept.cancel()
        await asyncio.gather(kept, return_exceptions=True)
    assert "Subject: Re: Umowa" in got
    assert f"To: {CLIENT}" in got or f"<{CLIENT}>" in got
    assert f"a mail for {MAILBOX}" in out.getvalue()


def write_and_wait(imap_port: int, smtp_port: int) -> str:
    """What a client's mail program does: send, and look into the mailbox until something comes."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Anna Nowak <{CLIENT}>", MAILBOX, "Umowa"
    mail.set_content("Proszę przygotować umowę.")
    with smtplib.SMTP("127.0.0.1", smtp_port) as smtp:
        smtp.send_message(mail)
    with imaplib.IMAP4("127.0.0.1", imap_port, timeout=PATIENCE) as imap:
        imap.login(CLIENT, PASSWORD)
        while imap.select()[1] == [b"0"]:
            pass
        _, found = imap.fetch("1", "(BODY.PEEK[])")
    assert isinstance(found[0], tuple)
    return found[0][1].decode()
