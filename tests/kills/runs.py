"""Whole runs of the program in a town, between those that a test is about."""

from tests.kills.programs import Incubator
from tests.kills.town import Town


async def start_again(town: Town, nest: Incubator, *, digests: int = 0) -> None:
    """A run that nobody kills, to its rest. `digests` says how many she must have got by then."""
    program = nest.run(*town.run, log=town.folder / "again.log")
    try:
        await town.until_at_rest()
        await town.until(lambda: len(town.digests) >= digests, f"she has {digests} digests")
    finally:
        program.kill()
        await program.ended()


async def first_run(town: Town, nest: Incubator) -> None:
    """What is written from now on is the program's to answer."""
    program = nest.run(*town.run, log=town.folder / "first.log")
    await town.until_listening()
    program.kill()
    await program.ended()
