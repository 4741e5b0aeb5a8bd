"""The bot against other machines that answer: all of them fall silent."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from tests.loops.post import as_bare_text, carrying, with_return_path
from tests.servers.dovecot import DOVECOT, dovecot
from tests.stories.reading import at, mails
from triage_bot.demo.mail_servers import Received, smtp_sink
from triage_bot.demo.stage import MAILBOX, Stage, compose_mail

MARIJA = "marija@druga.example"
KNOWS_MARIJA = f"clients:\n  - {{name: Marija, contacts: [{{email: {MARIJA}}}]}}\n"
KNOWS_KATARZYNA = f"clients:\n  - {{name: Katarzyna, contacts: [{{email: {MAILBOX}}}]}}\n"
TASK = "Proszę przygotować ofertę dla hotelu Pod Różą."


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Stage, Stage]]:
    """Two assistants with a bot each, who are each other's clients."""
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    async with (
        Stage(tmp_path / "one", at(20, 9), KNOWS_MARIJA) as one,
        Stage(tmp_path / "other", at(20, 9), KNOWS_KATARZYNA, mailbox=MARIJA) as other,
    ):
        yield one, other


async def test_two_bots_fall_silent_after_one_exchange(both: tuple[Stage, Stage]) -> None:
    one, other = both

    async def to_one(mail: Received) -> None:
        await one.mail("", "", "", raw=with_return_path(mail))

    async def to_other(mail: Received) -> None:
        await other.mail("", "", "", raw=with_return_path(mail))

    async with carrying(one.smtp, to_other), carrying(other.smtp, to_one):
        await one.mail(MARIJA, "Oferta", TASK)  # written by Marija herself
        await one.smtp.wait_for(1)
        await other.until(lambda store: len(store.waiting_items()) == 1)
        await one.quiet()
        await other.quiet()
    assert (len(one.smtp.received), len(other.smtp.received)) == (1, 0)
    (item,) = other.ask(lambda store: store.waiting_items())
    assert item.silence == "OWN_MESSAGE"


async def test_two_bots_fall_silent_even_where_the_way_strips_every_mark(both: tuple[Stage, Stage]) -> None:
    """The text of an acknowledgement says that it is automatic, and the other bot reads it."""
    one, other = both

    async def to_one(mail: Received) -> None:
        await one.mail(MARIJA, "Oferta", as_bare_text(mail))

    async def to_other(mail: Received) -> None:
        await other.mail(MAILBOX, "Oferta", as_bare_text(mail))

    async with carrying(one.smtp, to_other), carrying(other.smtp, to_one):
        await one.mail(MARIJA, "Oferta", TASK)
        await other.until(lambda store: len(store.waiting_items()) == 1)
        await one.quiet()
        await other.quiet()
    assert (len(one.smtp.received), len(other.smtp.received)) == (1, 0)


async def test_an_echo_that_strips_every_header_is_answered_once(tmp_path: Path) -> None:
    async with Stage(tmp_path, at(20, 9), KNOWS_MARIJA) as stage:

        async def echo(mail: Received) -> None:
            await stage.mail(MARIJA, "Oferta", as_bare_text(mail))

        async with carrying(stage.smtp, echo):
            await stage.mail(MARIJA, "Oferta", TASK)
            await stage.until(lambda store: len(store.waiting_items()) == 2)
            await stage.quiet()
        assert len(mails(stage)) == 1


async def test_a_machine_that_answers_like_a_person_meets_the_limits(tmp_path: Path) -> None:
    """Always in a new thread, always in other words, with nothing that gives it away: 5 an hour, 20 a day."""
    async with Stage(tmp_path, at(20, 0, 30), KNOWS_MARIJA) as stage:
        answers = 0

        async def answer(_: Received) -> None:
            nonlocal answers
            answers += 1
            await stage.mail(MARIJA, f"Sprawa {answers}", f"{TASK} To już sprawa numer {answers}.")

        async with carrying(stage.smtp, answer):
            for hour in range(12):
                before = len(stage.smtp.received)
                # The other side begins anew every hour, with three mails at once.
                for attempt in range(3):
                    await stage.mail(MARIJA, f"Od nowa {hour}.{attempt}", f"{TASK} Godzina {hour}, próba {attempt}.")
                await stage.quiet()
                assert len(stage.smtp.received) - before <= 5
                await stage.move(timedelta(hours=1))
        assert len(stage.smtp.received) == 20


VACATION = """
require ["vacation"];
vacation :days 1 :addresses ["marija@druga.example"] "Na urlopu jestem do 27.11., proszę pisać do biura.";
"""


@pytest.mark.dovecot
async def test_a_sieve_vacation_and_the_bot_fall_silent_after_one_exchange(tmp_path: Path) -> None:
    if DOVECOT is None or not Path("/usr/bin/sievec").exists():
        if "dovecot" in os.environ.get("TRIAGE_BOT_TESTS_MUST_RUN", ""):
            pytest.fail("dovecot-sieve and dovecot-lmtpd are not installed, and here they must be")
        pytest.skip("dovecot-sieve is not installed")
    async with AsyncExitStack() as open_:
        theirs = await open_.enter_async_context(smtp_sink())
        server = await open_.enter_async_context(
            dovecot({MARIJA: "secret"}, sieve=VACATION, submission=f"{theirs.host}:{theirs.port}")
        )
        stage = await open_.enter_async_context(Stage(tmp_path, at(20, 9), KNOWS_MARIJA))

        async def to_her(mail: Received) -> None:
            await server.arrives(MARIJA, mail.data, mail.mail_from)

        async def to_the_bot(mail: Received) -> None:
            await stage.mail("", "", "", raw=with_return_path(mail))

        async with carrying(stage.smtp, to_her), carrying(theirs, to_the_bot):
            # A mail of Katarzyna's own is answered by the vacation: that shows that it works at all.
            own = compose_mail(MAILBOX, "Pytanie", "Kiedy możemy porozmawiać?", at(20, 9), to=MARIJA)
            await server.arrives(MARIJA, own, MAILBOX)
            await theirs.wait_for(1)
            await stage.until(lambda store: len(store.waiting_items()) == 1)
            # And a task of Marija's is acknowledged, which the vacation does not answer.
            await stage.mail(MARIJA, "Oferta", TASK)
            await stage.quiet()
            await stage.smtp.wait_for(1)
        assert len(stage.smtp.received) == 1
        assert len(theirs.received) == 1
        silent = {item.silence for item in stage.ask(lambda store: store.waiting_items())}
        assert silent == {"", "AUTO_REPLIED"}
