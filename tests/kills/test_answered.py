"""Killed while it notes what she answered from her mail program, the program notes it once."""

from datetime import UTC, datetime

import pytest

from tests.kills.programs import Incubator
from tests.kills.town import MAILBOX, Town, subject, writer
from triage_bot.core.items import ItemState
from triage_bot.demo.stage import compose_mail

KILLED = -9
SENT = "kontakt/Sent"


async def until_watching(town: Town) -> None:
    await town.until_listening()
    await town.until(lambda: town.ask(lambda store: store.cursor(SENT) is not None), "the Sent folder is watched")


def position(town: Town) -> int:
    cursor = town.ask(lambda store: store.cursor(SENT))
    return cursor.position if cursor else 0


async def she_answers(town: Town, number: int) -> int:
    """Returns the UID of the copy in the Sent folder."""
    now = datetime.now(UTC)
    named = {"Message-ID": "<hers@zaradna.example>"}
    raw = compose_mail(MAILBOX, f"Re: {subject(number)}", "Już wysyłam.", now, to=writer(number), headers=named)
    return await town.imap.deliver(MAILBOX, raw, now, folder="Sent")


@pytest.mark.parametrize("stop", ["her answer written", "her answer recorded"])
async def test_killed_while_her_answer_is_noted(town: Town, nest: Incubator, stop: str) -> None:
    now = datetime.now(UTC)
    await town.imap.deliver(MAILBOX, compose_mail(MAILBOX, "Dawniej", "-", now, to="a@b.example"), now, folder="Sent")
    program = nest.run(*town.run, log=town.folder / "killed.log", twist=stop)
    await until_watching(town)
    await town.mail()
    await town.until_at_rest()
    await she_answers(town, 1)
    assert await program.ended() == KILLED
    noted = town.ask(lambda store: [event.kind for event in store.history(1)].count("answered elsewhere"))
    assert noted == (1 if stop == "her answer recorded" else 0)

    program = nest.run(*town.run, log=town.folder / "again.log")
    try:
        await town.until(
            lambda: town.ask(lambda store: [item.id for item in store.items({ItemState.ANSWERED})]) == [1],
            "the item is answered",
        )
        copy = await she_answers(town, 1)
        await town.until(lambda: position(town) >= copy, "the copy is read")
    finally:
        program.kill()
        await program.ended()
    kinds = town.ask(lambda store: [event.kind for event in store.history(1)])
    assert kinds.count("answered elsewhere") == 1
    (line,) = town.ask(lambda store: store.promises_of(1))
    assert line.kept_by == "mail in Sent"
