from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.troubles.her import Her
from triage_bot.acknowledging import Correspondence, MailIdentity
from triage_bot.config import build, load_config
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer
from triage_bot.templates import Templates

CONFIG = """\
assistant: {name: Kate, language: en, zone: UTC, telegram: 1000}
assistants:
  - {name: Ewa, language: en, zone: UTC, telegram: 2000}
  - {name: Iga, language: en, zone: UTC}
clients:
  - {name: Nowak, contacts: [{email: nowak@firma.example}]}
  - {name: Lis, contacts: [{email: lis@firma.example}], assistant: Ewa}
  - {name: Wolna, contacts: [{email: wolna@firma.example}], assistant: Iga}
channels: {telegram: {token_file: token}}
"""


@pytest.fixture
def her(tmp_path: Path) -> Iterator[Her]:
    (tmp_path / "token").touch(mode=0o600)
    (tmp_path / "config.yaml").write_text(CONFIG)
    terms = build.terms(load_config(tmp_path / "config.yaml"))
    identities = {f"m{number:02}": MailIdentity((f"m{number:02}@va.example",)) for number in range(20)}
    correspondence = Correspondence(terms.directory, terms.limits, Templates(None), identities, desk="telegram")
    store, writer = Store.open(f"sqlite:///{tmp_path / 'test.db'}", exclusive=True), Writer()
    with closing(store), closing(writer):
        yield Her(store, writer, correspondence)
