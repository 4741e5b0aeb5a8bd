"""One kill in the middle of many handovers: she hears of every single one, also where so few alerts are allowed."""

from tests.kills.programs import Incubator
from tests.kills.runs import first_run, start_again
from tests.kills.town import Outcome, Town, check_laws
from triage_bot.outbox import WORTH_A_LANE

LANES = 8
NEVER_AND_TOLD = Outcome(acknowledged=0, in_doubt=True, items=1)


def without_go_ahead(data: bytes) -> bytes:
    """A server that never answers DATA."""
    return b"" if data.startswith(b"354") else data


async def test_all_that_one_kill_put_in_doubt_is_told(town: Town, nest: Incubator) -> None:
    town.write_config(alerts_per_hour=1)
    await first_run(town, nest)
    for _ in range(LANES * WORTH_A_LANE):  # all of them lie there when it starts
        await town.mail()
    town.smtp_line.from_server = without_go_ahead
    program = nest.run(*town.run, log=town.folder / "second.log")
    await town.until(lambda: town.ask(lambda store: len(store.interrupted())) == LANES, f"{LANES} handovers hang")
    program.kill()
    await program.ended()
    town.smtp_line.from_server = lambda data: data
    await start_again(town, nest)
    assert list(check_laws(town).values()).count(NEVER_AND_TOLD) == LANES
    assert len([text for text in town.phone if "Nie wiadomo" in text]) == 1
