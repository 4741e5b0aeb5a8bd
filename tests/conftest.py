import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.servers.postgres import MUST_RUN, PROGRAMS, Postgres, running_postgres

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
settings.load_profile("hunt" if HUNT else "default")


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
