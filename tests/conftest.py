import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import frugal
from tests.servers.postgres import MUST_RUN, PROGRAMS, Postgres, running_postgres
from triage_bot.store.store import Store

# The same examples at every run, so that a change is judged by what it changed. `HUNT=3000` tries so many others, at
# random, of each law that sets no number itself. Timing of single examples says nothing on a busy machine.
settings.register_profile(
    "default", derandomize=True, deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow]
)
HUNT = int(os.environ.get("HUNT", "0"))
if HUNT:
    settings.register_profile(
        "hunt", settings.get_profile("default"), derandomize=False, max_examples=HUNT, print_blob=True
    )
# `FEW=1` is for another interpreter, which finds in them what it does differently, if anything.
settings.register_profile("few", settings.get_profile("default"), max_examples=50)
settings.load_profile("hunt" if HUNT else "few" if os.environ.get("FEW") else "default")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: more than there are cores, as some tests wait for a second to pass, or for a server."""
    return (os.cpu_count() or 1) * 3 // 2


def pytest_collection_finish() -> None:
    frugal.install()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have counted: the property "published" of each, which also comes from tests that run side by side."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "published":
                terminalreporter.write_line(str(value))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One cluster for all tests; each takes a database of its own."""
    if PROGRAMS is None and not MUST_RUN:
        pytest.skip("needs PostgreSQL on this machine")
    with running_postgres() as postgres:
        yield postgres


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite with the tables of this program, to be copied: they need not be made again for every test."""
    path = tmp_path_factory.mktemp("empty") / "triage_bot.db"
    Store.open(f"sqlite:///{path}", exclusive=True).close()
    return path
