"""A store on a real file, and short ways to messages and plans."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from triage_bot.store.store import Store


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/triage.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url, exclusive=True)
    yield opened
    opened.close()
