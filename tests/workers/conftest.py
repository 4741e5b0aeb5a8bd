from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.kills.programs import Incubator, incubator
from tests.servers.postgres import Postgres
from tests.workers.agency import Agency, agency


@pytest.fixture(scope="session")
def nest() -> Iterator[Incubator]:
    with incubator() as running:
        yield running


@pytest.fixture
async def town(tmp_path: Path, nest: Incubator, postgres: Postgres) -> AsyncIterator[Agency]:
    async with agency(tmp_path, nest, postgres) as opened:
        yield opened
