"""When the database cannot be written, nothing is lost and nobody is told a lie; when it can be again, all goes on."""

import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.kills.programs import Hatchling, Incubator, until_logged
from tests.kills.storage import Lock, full_disk, locked
from tests.kills.town import Outcome, Town, check_laws
from triage_bot.acknowledging import Correspondence
from triage_bot.clock import HandClock
from triage_bot.config import build, load_config
from triage_bot.demo.bot_api import Fault
from triage_bot.demo.stage import Stage
from triage_bot.errors import DatabaseBusy, FailureKind
from triage_bot.health import LOOK_EVERY, TELL_AFTER
from triage_bot.store import sqlite
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer
from triage_bot.templates import Templates
from triage_bot.troubles import Troubles

ONCE = Outcome(acknowledged=1, in_doubt=False, items=1)
TROUBLE = ("ERROR", "WARNING")


@asynccontextmanager
async def running(town: Town, nest: Incubator, twist: str = "impatience") -> AsyncIterator[Hatchling]:
    """At the end it must still be there, and stop as it is asked to."""
    program = nest.run(*town.run, log=town.folder / "program.log", twist=twist)
    try:
        await town.until_listening()
        yield program
        os.kill(program.pid, signal.SIGTERM)
        assert await program.ended() == 0, program.log()
        assert "Traceback" not in program.log()
    except BaseException:
        program.kill()
        await program.ended()
        raise


async def until_untold(town: Town, program: Hatchling, words: str) -> None:
    """It complains about both channels, and meanwhile neither client nor Telegram has heard of anything."""
    await until_logged(program, "kontakt/INBOX: cannot be read: cannot be recorded: ")
    await until_logged(program, "telegram: cannot be read: cannot be recorded: ")
    assert words in program.log()
    assert len(town.telegram.unconfirmed) == 1
    assert town.smtp.received == []


async def test_a_database_that_is_locked_for_a_moment_is_waited_for(town: Town, nest: Incubator) -> None:
    async with running(town, nest, twist="patience") as program:
        with locked(town.database):
            await town.mail()
            town.chat()
            await town.until(lambda: b"BODY.PEEK" in town.imap_line.said_by_client, "the mail is fetched")
            await town.until(lambda: not town.telegram.polled, "the update is fetched")
            assert len(town.telegram.unconfirmed) == 1
        await town.until_at_rest()
        assert not any(word in program.log() for word in TROUBLE)
    assert set(check_laws(town).values()) == {ONCE}


async def test_a_database_that_stays_locked_is_complained_of_and_tried_again(town: Town, nest: Incubator) -> None:
    async with running(town, nest) as program:
        with locked(town.database):
            await town.mail()
            town.chat()
            await until_untold(town, program, "triage_bot.db is locked: another program has been writing to it")
        await town.until_at_rest()
        await until_logged(program, "kontakt/INBOX: works again")
        await until_logged(program, "telegram: works again")
    assert set(check_laws(town).values()) == {ONCE}


async def test_a_full_disk_is_complained_of_and_all_goes_on_when_there_is_room(town: Town, nest: Incubator) -> None:
    async with running(town, nest) as program:
        with full_disk(program):
            await town.mail()
            town.chat()
            await until_untold(town, program, "full")
        await town.until_at_rest()
    assert set(check_laws(town).values()) == {ONCE}
    with closing(sqlite3.connect(town.database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_a_handover_is_not_begun_that_cannot_be_noted(town: Town, nest: Incubator) -> None:
    lock = Lock(town.database)
    town.smtp.on_rcpt = lambda _: lock.take() if not town.smtp.received and not lock_was_taken(lock) else None
    async with running(town, nest) as program:
        await town.mail()
        await until_logged(program, "the outbox of kontakt rests: ")
        assert town.smtp.received == []
        lock.release()
        await town.until_at_rest()
    assert set(check_laws(town).values()) == {ONCE}


def lock_was_taken(lock: Lock) -> bool:
    return lock._connection is not None


async def test_an_acknowledgement_in_doubt_that_cannot_be_noted_at_once_is_noted_and_told_later(
    town: Town, nest: Incubator
) -> None:
    lock = Lock(town.database)
    town.smtp.on_data = lambda _: lock.take()
    town.smtp.lose_before_answer = True
    async with running(town, nest) as program:
        await town.mail()
        await until_logged(program, "cannot be noted yet: ")
        town.smtp.lose_before_answer = False
        lock.release()
        await town.until_at_rest()
    assert list(check_laws(town).values()) == [Outcome(acknowledged=1, in_doubt=True, items=1)]


async def test_what_was_sent_but_cannot_be_noted_at_once_is_noted_later_and_not_sent_again(
    town: Town, nest: Incubator
) -> None:
    lock = Lock(town.database)
    town.smtp.on_data = lambda _: lock.take()
    async with running(town, nest) as program:
        await town.mail()
        await until_logged(program, "cannot be noted yet: ")
        town.smtp.on_data = lambda _: None
        lock.release()
        await town.until_at_rest()
    assert list(check_laws(town).values()) == [ONCE]


async def test_a_digest_that_failed_while_the_database_was_locked_is_not_stuck_for_ever(
    town: Town, nest: Incubator
) -> None:
    town.remember_yesterday()
    lock = Lock(town.database)
    is_listening = False
    faults = [Fault.BAD_GATEWAY]

    def forecast(method: str) -> Fault | None:
        if method != "sendmessage" or not faults:
            return None
        if not is_listening:
            return Fault.BAD_GATEWAY  # it comes again: the lock is to fall into what would never be noticed
        lock.take()
        return faults.pop()

    town.telegram.weather(forecast)
    async with running(town, nest) as program:
        is_listening = True
        await until_logged(program, "cannot be noted yet: ")
        assert town.digests == []
        lock.release()
        await town.until(lambda: len(town.digests) == 1, "she has her digest")


async def test_a_reload_while_the_database_is_locked_waits_for_it(town: Town, nest: Incubator) -> None:
    async with running(town, nest) as program:
        with locked(town.database):
            os.kill(program.pid, signal.SIGHUP)
            await until_logged(program, "the reload waits for the database: ")
        await town.mail()
        await town.until_at_rest()
    assert set(check_laws(town).values()) == {ONCE}


async def test_an_outage_of_the_database_that_lasts_does_not_end_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", timedelta(seconds=0.3))
    start_at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    async with Stage(tmp_path, start_at, "clients: [{name: Nowak, contacts: [{domain: nowak.example}]}]\n") as stage:
        with locked(tmp_path / "triage_bot.db"):
            await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
            await until_told(caplog, stage, "kontakt/INBOX: cannot be read: cannot be recorded: ")
            stage.clock.move(TELL_AFTER + LOOK_EVERY)  # type: ignore[attr-defined]
            await until_told(caplog, stage, "cannot be told of an outage yet: ")
        await stage.quiet()
        assert len(stage.smtp.received) == 1


async def until_told(caplog: pytest.LogCaptureFixture, stage: Stage, words: str) -> None:
    await stage.until(lambda store: words in caplog.text)


async def test_what_could_not_be_recorded_does_not_count_as_told(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", timedelta(seconds=0.01))
    now = datetime(2026, 11, 20, 8, tzinfo=UTC)
    terms = build.terms(load_config(town.config_path))
    correspondence = Correspondence(terms.directory, terms.limits, Templates(None), {}, desk="telegram")
    store, writer = Store.open(town.url, exclusive=True), Writer()
    troubles = Troubles(store, writer, HandClock(now), correspondence, ring=lambda: None, most_an_hour=1)
    with closing(store), closing(writer):
        with locked(town.database):
            for _ in range(2):
                with pytest.raises(DatabaseBusy):
                    await troubles.unreachable({"kontakt": now}, FailureKind.NO_ANSWER, "no answer")
        await troubles.note_outage("kontakt", now)
        await troubles.unreachable({"kontakt": now}, FailureKind.NO_ANSWER, "no answer")
        assert store.next_due_at(["telegram"]) == now


async def test_a_start_on_a_locked_database_says_so_and_ends(town: Town, nest: Incubator) -> None:
    with locked(town.database):
        program = nest.run(*town.run, log=town.folder / "program.log", twist="impatience")
        assert await program.ended() == 1
    assert "is locked: another program has been writing to it" in program.log()
    assert "Traceback" not in program.log()
