"""How `triage-bot run` is stopped, kept from running twice, and told to read its configuration again."""

import asyncio
import os
import re
import shutil
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.kills.programs import GLANCE, Incubator, Program, command, until_logged
from tests.kills.town import MAILBOX, Town
from tests.patience import PATIENCE, stopwatch
from triage_bot.demo.bot_api import Fault
from triage_bot.demo.stage import compose_mail
from triage_bot.store.drafts import EntryState

STOPS_WITHIN = 10.0
UNTIDY = re.compile(r"Traceback|ResourceWarning|Exception ignored|never (awaited|retrieved)|was destroyed but")


async def quiet(town: Town, program: Program) -> None:
    """Nothing to do: both channels wait for news."""
    await town.until(lambda: town.telegram.polled, "Telegram is polled")
    await town.imap_line.until_idle()


async def busy(town: Town, program: Program) -> None:
    """Mail keeps coming and going out."""
    for _ in range(20):
        await town.mail()
        town.chat()
    await town.smtp.wait_for(3)


async def smtp_never_greets(town: Town, program: Program) -> None:
    town.smtp_line.pause()
    await town.mail()
    await town.until(lambda: town.smtp_line.connections > 0, "it has connected")


async def smtp_never_answers_data(town: Town, program: Program) -> None:
    town.smtp.on_data = lambda _: town.smtp_line.pause()
    await town.mail()
    await town.smtp.wait_for(1)


async def imap_stops_answering(town: Town, program: Program) -> None:
    """It leaves IDLE after a second, and waits for the answer to that."""
    await town.imap_line.until_idle()
    town.imap_line.pause()
    await town.until(lambda: b"DONE" in town.imap_line.said_by_client, "it has left IDLE")


async def imap_never_greets(town: Town, program: Program) -> None:
    town.imap_line.pause()
    town.imap_line.cut()
    await town.until(lambda: town.imap_line.connections > 1, "it has connected again")


async def send_message_never_answers(town: Town, program: Program) -> None:
    town.telegram.fails(Fault.SILENCE, "sendMessage", times=100)
    town.chat()
    await town.until(lambda: "sendmessage" in town.telegram.requests, "it has written")


async def everything_hangs(town: Town, program: Program) -> None:
    await send_message_never_answers(town, program)
    await smtp_never_answers_data(town, program)
    await imap_stops_answering(town, program)


Scene = Callable[[Town, Program], Awaitable[None]]

SCENES: tuple[tuple[Scene, signal.Signals, EntryState | None], ...] = (
    # what happens, how it is stopped, and the state in which the one entry is left for the next start
    (quiet, signal.SIGTERM, None),
    (quiet, signal.SIGINT, None),
    (busy, signal.SIGTERM, None),
    (smtp_never_greets, signal.SIGTERM, EntryState.WAITING),
    (smtp_never_answers_data, signal.SIGTERM, EntryState.HANDING_OVER),
    (imap_stops_answering, signal.SIGTERM, None),
    (imap_never_greets, signal.SIGINT, None),
    (send_message_never_answers, signal.SIGTERM, EntryState.HANDING_OVER),
    (everything_hangs, signal.SIGTERM, EntryState.HANDING_OVER),
)


async def test_sigterm_and_ctrl_c_end_it_within_ten_seconds_whatever_hangs(
    tmp_path: Path, strict_nest: Incubator, empty_database: Path
) -> None:
    async def play(name: str, scene: Scene, number: signal.Signals, left: EntryState | None) -> str:
        folder = tmp_path / name
        folder.mkdir()
        async with Town(folder) as town:
            shutil.copy(empty_database, town.database)
            program = strict_nest.run(*town.run, log=folder / "program.log")
            try:
                return await stopped(town, program, scene, number, left)
            except (AssertionError, TimeoutError) as error:
                return f"{name}: {error}\n{program.log()}"
            finally:
                program.kill()
                await program.ended()

    # All at once: they mostly wait.
    scenes = [(f"{number}-{scene[0].__name__}", *scene) for number, scene in enumerate(SCENES)]
    complaints = await asyncio.gather(*(play(*scene) for scene in scenes))
    assert not any(complaints), "\n\n".join(filter(None, complaints))


async def stopped(town: Town, program: Program, scene: Scene, number: signal.Signals, left: EntryState | None) -> str:
    """What is wrong with how it ended, "" for nothing."""
    await town.until_listening()
    await scene(town, program)
    async with stopwatch() as watch:
        os.kill(program.pid, number)
        code = await program.ended()
    wrong = []
    if code != 0:
        wrong.append(f"exit code {code}")
    if watch.seconds > STOPS_WITHIN:
        wrong.append(f"took {watch.seconds:.1f} s")
    if "stopped" not in program.log() or UNTIDY.search(program.log()):
        wrong.append("not tidy")
    if left is not None and left.value not in states(town):
        wrong.append(f"left {states(town)}, not {left}")
    return f"{town.folder.name}: {', '.join(wrong)}\n{program.log()}" if wrong else ""


def states(town: Town) -> set[str]:
    def question(store: object) -> set[str]:
        with store._read() as connection:  # type: ignore[attr-defined]
            return set(connection.exec_driver_sql("SELECT state FROM outbox").scalars())

    return town.ask(question)


async def test_the_real_command_ends_tidily(town: Town) -> None:
    async with command(*town.run, python=("-X", "dev", "-W", "error::ResourceWarning")) as program:
        await town.until_listening()
        assert await stopped(town, program, busy, signal.SIGTERM, None) == ""


async def test_a_second_run_on_the_same_database_is_refused(town: Town) -> None:
    async with command(*town.run) as first:
        await town.until_listening()
        async with command(*town.run) as second:
            assert await second.ended() == 1
        assert f"is in use by another triage-bot (process {first.pid})" in second.log()
        assert "Traceback" not in second.log()
        os.kill(first.pid, signal.SIGKILL)
        await first.ended()
        async with command(*town.run) as third:
            # The lock of a killed process is nobody's.
            await until_logged(third, "running: ")


async def test_sighup_while_it_starts_ends_nothing(town: Town) -> None:
    """As a service manager may send it, that only knows that the process is there."""
    async with command(*town.run) as program:
        await town.until(lambda: _minds_sighup(program.pid), "it is more than an interpreter")
        async with asyncio.timeout(PATIENCE):
            while "running: " not in program.log():
                os.kill(program.pid, signal.SIGHUP)
                await asyncio.sleep(GLANCE)
        os.kill(program.pid, signal.SIGTERM)
        assert await program.ended() == 0


def _minds_sighup(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    masks = re.findall(r"^Sig(?:Ign|Cgt):\s+([0-9a-f]+)$", status, re.MULTILINE)
    return any(int(mask, 16) & 1 << signal.SIGHUP - 1 for mask in masks)


async def test_sighup_takes_a_new_configuration_and_refuses_a_broken_one(town: Town) -> None:
    async with command(*town.run) as program:
        await town.until_listening()
        town.write_config("chek_windows: {}\n")
        os.kill(program.pid, signal.SIGHUP)
        await until_logged(program, "reload refused, the old configuration stays:")
        assert re.search(r"config\.yaml:\d+:\d+: chek_windows: ", program.log())
        await town.mail()
        await town.smtp.wait_for(1)
        town.write_config("  - {name: Nowa, language: en, contacts: [{email: new@client.example}]}\n")
        os.kill(program.pid, signal.SIGHUP)
        await until_logged(program, "reloaded ")
        raw = compose_mail("new@client.example", "Hello", "Could you send me the price list?", datetime.now(UTC))
        await town.imap.deliver(MAILBOX, raw, datetime.now(UTC))
        received = await town.smtp.wait_for(2)
        assert received[1].recipients == ("new@client.example",)
        os.kill(program.pid, signal.SIGTERM)
        assert await program.ended() == 0
