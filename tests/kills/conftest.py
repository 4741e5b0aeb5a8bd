import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.kills.programs import Incubator, incubator
from tests.kills.town import Town


@pytest.fixture(scope="session")
def nest() -> Iterator[Incubator]:
    with incubator() as running:
        yield running


@pytest.fixture(scope="session")
def strict_nest() -> Iterator[Incubator]:
    """Its programs complain about everything that they leave lying about."""
    with incubator("-X", "dev", "-W", "error::ResourceWarning") as running:
        yield running


@pytest.fixture
async def town(tmp_path: Path, empty_database: Path) -> AsyncIterator[Town]:
    async with Town(tmp_path) as town:
        shutil.copy(empty_database, town.database)
        yield town
