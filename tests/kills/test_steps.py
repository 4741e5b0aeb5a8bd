"""Killed at every step of the life of a message, the program loses nothing and acknowledges nothing twice."""

import asyncio
from collections.abc import Callable

import pytest

from tests.kills.programs import Command, Incubator, command
from tests.kills.runs import first_run, start_again
from tests.kills.town import ASSISTANT_CHAT, FIRST_CHAT, Outcome, Town, check_laws
from tests.patience import PATIENCE
from triage_bot.demo.bot_api import Fault

ONCE = Outcome(acknowledged=1, in_doubt=False, items=1)
NEVER_AND_TOLD = Outcome(acknowledged=0, in_doubt=True, items=1)
ONCE_AND_TOLD = Outcome(acknowledged=1, in_doubt=True, items=1)

KILLED = -9


async def write(town: Town, channel: str) -> None:
    if channel == "mail":
        await town.mail()
    else:
        town.chat()


# Inside the program


@pytest.mark.parametrize(
    ("channel", "stop", "outcome"),
    [
        pytest.param("mail", "fetched", ONCE, id="after the fetch"),
        pytest.param("chat", "fetched", ONCE, id="with the update in hand"),
        pytest.param("mail", "the first row written", ONCE, id="in the middle of the transaction"),
        pytest.param("mail", "all rows written", ONCE, id="with all rows written"),
        pytest.param("mail", "at the commit", ONCE, id="before the commit"),
        pytest.param("chat", "at the commit", ONCE, id="before the commit of an update"),
        pytest.param("mail", "committed", ONCE, id="after the commit, before the mailbox is told"),
        pytest.param("chat", "committed", ONCE, id="after the commit, before Telegram is told"),
        pytest.param("mail", "taken from the tray", ONCE, id="with the acknowledgement from the courier's tray"),
        pytest.param("mail", "answered", ONCE_AND_TOLD, id="after the server's answer, before it is noted as sent"),
        pytest.param("chat", "answered", ONCE_AND_TOLD, id="after Telegram's answer, before it is noted as sent"),
        pytest.param("mail", "answer noted", ONCE, id="after it is noted as sent"),
    ],
)
async def test_killed_inside(town: Town, nest: Incubator, channel: str, stop: str, outcome: Outcome) -> None:
    program = nest.run(*town.run, log=town.folder / "killed.log", twist=stop)
    await town.until_listening()
    await write(town, channel)
    assert await program.ended() == KILLED
    await start_again(town, nest)
    assert list(check_laws(town).values()) == [outcome]


async def test_killed_with_what_it_claimed_of_the_run_before(town: Town, nest: Incubator) -> None:
    for stop in ("committed", "claimed"):
        program = nest.run(*town.run, log=town.folder / f"{stop}.log", twist=stop)
        if stop == "committed":
            await town.until_listening()
            await town.mail()
        assert await program.ended() == KILLED
    await start_again(town, nest)
    assert list(check_laws(town).values()) == [ONCE]


@pytest.mark.parametrize("stop", ["digest decided", "digest recorded"])
async def test_killed_around_the_digest_she_gets_one(town: Town, nest: Incubator, stop: str) -> None:
    town.remember_yesterday()
    program = nest.run(*town.run, log=town.folder / "killed.log", twist=stop)
    assert await program.ended() == KILLED
    assert town.digests == []
    await start_again(town, nest, digests=1)
    assert len(town.digests) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            "answered",
            "found in doubt at the start",
            id="by the start after a kill",
        ),
        pytest.param("", "found in doubt", id="when the answer never came"),
        pytest.param("", "given up", id="when the server refused it for good"),
    ],
)
async def test_killed_before_the_assistant_is_told_of_trouble_she_is_told_after_the_next_start(
    town: Town, nest: Incubator, first: str, second: str
) -> None:
    town.smtp.lose_before_answer = second == "found in doubt"
    if second == "given up":
        town.smtp.on_rcpt = lambda _: "550 5.1.1 no such user"
    program = nest.run(*town.run, log=town.folder / "killed.log", twist=first or second)
    await town.until_listening()
    await town.mail()
    assert await program.ended() == KILLED
    if first:
        program = nest.run(*town.run, log=town.folder / "killed again.log", twist=second)
        assert await program.ended() == KILLED
    town.smtp.lose_before_answer = False
    await start_again(town, nest)
    assert town.is_told(1)


# Between the program and the world


class Executioner:
    """Kills the program at the first call."""

    def __init__(self) -> None:
        self.victim: Command | None = None
        self.watching: asyncio.Task[None] | None = None

    def __call__(self) -> bool:
        if self.victim is None:
            return False
        victim, self.victim = self.victim, None
        victim.kill()
        return True


def at_mail(town: Town, strike: Executioner) -> None:
    town.smtp.on_mail = lambda _: "421 4.3.0 closing" if strike() else None


def at_rcpt(town: Town, strike: Executioner) -> None:
    town.smtp.on_rcpt = lambda _: "421 4.3.0 closing" if strike() else None


def at_data(town: Town, strike: Executioner) -> None:
    """It has said DATA, but the server never hears it."""
    town.smtp_line.from_client = lambda data: b"" if data.startswith(b"DATA") and strike() else data


def in_data(town: Town, strike: Executioner) -> None:
    """Half of the mail has arrived."""

    def cut(data: bytes) -> bytes:
        return data[: len(data) // 2] if b"Auto-Submitted" in data and strike() else data

    town.smtp_line.from_client = cut


def after_data(town: Town, strike: Executioner) -> None:
    """The server has taken the mail and has not answered yet."""

    def take(_: str) -> None:
        strike()

    town.smtp.on_data = take


def before_confirming(town: Town, strike: Executioner) -> None:
    """The update is recorded; the question that would confirm it never reaches Telegram. Its acknowledgement is not due
    yet: it would be on its way by then, or not."""
    town.write_config(acknowledge_after="5s")

    def forecast(method: str) -> Fault | None:
        recorded = method == "getupdates" and town.telegram.unconfirmed
        return Fault.CUT_BEFORE if recorded and strike() else None

    town.telegram.weather(forecast)


def at_send_message(town: Town, strike: Executioner) -> None:
    town.telegram.weather(lambda method: Fault.CUT_BEFORE if method == "sendmessage" and strike() else None)


def after_send_message(town: Town, strike: Executioner) -> None:
    """Telegram carries it out and is slow to say so."""

    async def watch() -> None:
        await town.telegram.wait_for(lambda: any(map(town.telegram.sent, (FIRST_CHAT + 1, ASSISTANT_CHAT))), PATIENCE)
        strike()

    strike.watching = asyncio.create_task(watch())
    town.telegram.weather(lambda method: Fault.SILENCE if method == "sendmessage" and strike.victim else None)


@pytest.mark.parametrize(
    ("channel", "lie_in_wait", "outcome"),
    [
        pytest.param("mail", at_mail, ONCE, id="before RCPT"),
        pytest.param("mail", at_rcpt, ONCE, id="before DATA"),
        pytest.param("mail", at_data, NEVER_AND_TOLD, id="with DATA on its way"),
        pytest.param("mail", in_data, NEVER_AND_TOLD, id="in the middle of the mail"),
        pytest.param("mail", after_data, ONCE_AND_TOLD, id="after DATA was taken, before the answer"),
        pytest.param("chat", before_confirming, ONCE, id="update recorded but not confirmed"),
        pytest.param("chat", at_send_message, NEVER_AND_TOLD, id="sendMessage not taken"),
        pytest.param("chat", after_send_message, ONCE_AND_TOLD, id="sendMessage taken but not answered"),
    ],
)
async def test_the_real_command_killed_at_the_door(
    town: Town, nest: Incubator, channel: str, lie_in_wait: Callable[[Town, Executioner], None], outcome: Outcome
) -> None:
    strike = Executioner()
    lie_in_wait(town, strike)
    async with command(*town.run) as program:
        await town.until_listening()
        strike.victim = program
        await write(town, channel)
        assert await program.ended() == KILLED
    await start_again(town, nest)
    assert list(check_laws(town).values()) == [outcome]


async def test_a_digest_that_was_taken_but_not_answered_comes_again(town: Town, nest: Incubator) -> None:
    town.remember_yesterday()
    strike = Executioner()
    after_send_message(town, strike)
    async with command(*town.run) as program:
        strike.victim = program
        assert await program.ended() == KILLED
    assert len(town.digests) == 1
    await start_again(town, nest, digests=2)
    assert len(town.digests) == 2
    assert len(set(town.digests)) == 1


async def test_killed_again_and_again_at_the_same_step_it_still_comes_to_rest(town: Town, nest: Incubator) -> None:
    await first_run(town, nest)
    for _ in range(5):
        await town.mail()
        town.chat()
    for _ in range(5):
        assert await nest.run(*town.run, log=town.folder / "killed.log", twist="answered").ended() == KILLED
    await start_again(town, nest)
    check_laws(town)
