import os
from collections.abc import Iterator

import pytest

from tests.kills.programs import Incubator, incubator
from tests.servers.dovecot import DOVECOT
from tests.servers.postgres import MUST_RUN, PROGRAMS, Postgres, running_postgres


@pytest.fixture(scope="module")
def nest() -> Iterator[Incubator]:
    with incubator() as running:
        yield running


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A cluster of its own, which suffers."""
    if PROGRAMS is None and not MUST_RUN:
        pytest.skip("needs PostgreSQL on this machine")
    with running_postgres() as postgres:
        yield postgres


@pytest.fixture(autouse=True)
def _dovecot() -> None:
    if DOVECOT is None and "dovecot" not in os.environ.get("TRIAGE_BOT_TESTS_MUST_RUN", ""):
        pytest.skip("needs Dovecot on this machine")
