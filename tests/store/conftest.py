"""A store on a real file, and short ways to messages and plans."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.postgres import Postgres
from triage_bot.store.store import Store


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that has a database runs on both kinds, unless it says that it is about one."""
    if "url" not in metafunc.fixturenames:
        return
    only = getattr(metafunc.module, "ONLY", "")
    for mark in ("sqlite", "postgresql"):
        if metafunc.definition.get_closest_marker(mark) is not None:
            only = mark
    kinds = [only] if only else ["sqlite", pytest.param("postgresql", marks=pytest.mark.again)]
    metafunc.parametrize("url", kinds, indirect=True)


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/triage.db"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.lend()
    yield postgres.url(name)
    postgres.give_back(name)


@pytest.fixture
def store(url: str, tmp_path: Path, empty_database: Path) -> Iterator[Store]:
    if url.startswith("sqlite:"):
        shutil.copy(empty_database, tmp_path / "triage.db")
    opened = Store.open(url, exclusive=True)
    yield opened
    opened.close()
