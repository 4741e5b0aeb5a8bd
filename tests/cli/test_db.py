"""`triage-bot db`: the whole database moves from one kind to the other and back, and says when it is not whole."""

import re
import sqlite3
from pathlib import Path

import pytest

from tests.servers.postgres import Postgres
from tests.store.builders import FRIDAY, HOUR, acknowledged, chat, cursor, entry, mail, of_firma
from triage_bot.cli import main
from triage_bot.core.items import ItemState
from triage_bot.store.leases import Leases
from triage_bot.store.schema import HEAD
from triage_bot.store.store import Store

CONFIG = 'assistant: {{name: Katarzyna}}\ndatabase: "{url}"\n'


def config(folder: Path, url: str) -> str:
    path = folder / "config.yaml"
    path.write_text(CONFIG.format(url=url))
    return str(path)


def lived_in(url: str) -> None:
    """A database in which something has happened, with texts that are hard to keep."""
    store = Store.open(url, exclusive=True)
    text = "Zażółć \U0001f600 \t\\ 'x' \"y\""
    batch = [mail(number, text=f"{text} {number}") for number in range(1, 30)]
    store.record([*batch, chat(1), chat(2)], cursor(30), acknowledged, client_of=of_firma)
    ids = [each.id for each in store.claim(["mail", "telegram"], FRIDAY, 5, HOUR, "w")]
    store.advance([], [(ids[0], FRIDAY)])
    store.advance([(ids[0], FRIDAY, "250 ok")], [(ids[1], FRIDAY)])
    store.in_doubt(ids[1], FRIDAY, "no answer")
    store.transition(3, ItemState.DONE, FRIDAY, "queue")
    store.record_digest(FRIDAY, 0, False, [entry("7")], [1, 2], FRIDAY)
    store.bind("mail", "x@y.example", "Firma", FRIDAY)
    store.first_start_at(FRIDAY)
    store.close()


def content(url: str) -> tuple[object, ...]:
    store = Store.open(url, exclusive=True)
    items = store.items(set(ItemState))
    seen = (
        items,
        [store.history(item.id) for item in items],
        [store.messages_of(item.id) for item in items],
        store.doubtful_entries(),
        store.given_promises(),
        store.cursor("mail/INBOX"),
        store.first_start_at(FRIDAY + HOUR),
        store.standing(),
        store.claim(["mail", "telegram"], FRIDAY + 2 * HOUR, 99, HOUR, "w"),
    )
    store.close()
    return seen


def test_a_database_moves_to_postgresql_and_back_and_is_the_same(
    postgres: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, back = f"sqlite:///{tmp_path}/here.db", f"sqlite:///{tmp_path}/back.db"
    name = postgres.empty()
    there = postgres.url(name)
    lived_in(here)
    assert main(["db", "copy", "--config", config(tmp_path, here), "--to", there]) == 0
    assert "messages: 31 rows, the same there" in capsys.readouterr().out
    assert main(["db", "copy", "--config", config(tmp_path, there), "--to", back]) == 0
    seen = content(here)
    assert content(there) == seen
    assert content(back) == seen
    for url in (there, back):
        store = Store.open(url, exclusive=True)
        [row] = store.record([mail(99, "new@firma.pl")], cursor(99), acknowledged)
        assert row.item_id == len(seen[0]) + 1  # type: ignore[arg-type]
        assert store.enqueue([entry()]) > [max(each.id for each in seen[-1])]  # type: ignore[attr-defined]
        store.close()
    postgres.drop(name)


def test_a_copy_says_what_to_write_into_the_configuration(
    postgres: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is taken there: from the root, and without stars in the place of a password."""
    here = f"sqlite:///{tmp_path}/here.db"
    lived_in(here)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    name = postgres.empty()
    for to, named in (
        ("sqlite:///there.db", f"sqlite:///{elsewhere}/there.db"),
        (postgres.url(name), postgres.url(name)),
    ):
        assert main(["db", "copy", "--config", config(tmp_path, here), "--to", to]) == 0
        assert f"Write `database: {named}` into the configuration" in capsys.readouterr().out
        assert main(["db", "check", "--config", config(tmp_path, named)]) == 0
    postgres.drop(name)


def test_a_target_that_is_not_empty_is_refused_and_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, there = f"sqlite:///{tmp_path}/here.db", f"sqlite:///{tmp_path}/there.db"
    lived_in(here)
    lived_in(there)
    before = content(there)
    assert main(["db", "copy", "--config", config(tmp_path, here), "--to", there]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert content(there)[:-1] == before[:-1]


def test_a_database_is_not_copied_into_itself(
    postgres: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for url in (f"sqlite:///{tmp_path}/here.db", postgres.url(postgres.migrated())):
        assert main(["db", "copy", "--config", config(tmp_path, url), "--to", url]) == 1
        assert "that is the database itself" in capsys.readouterr().err


def test_a_source_that_is_in_use_is_refused(
    postgres: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, name = f"sqlite:///{tmp_path}/here.db", postgres.migrated()
    there = f"sqlite:///{tmp_path}/there.db"
    lived_in(here)
    running = Store.open(here, exclusive=True)
    assert main(["db", "copy", "--config", config(tmp_path, here), "--to", there]) == 1
    said = capsys.readouterr().err
    assert "is in use by another triage-bot" in said
    assert "Stop the service first" in said
    assert "db copy" not in said, "that is what has just failed"
    running.close()
    worker = Store.open(postgres.url(name), exclusive=True, worker="w1")
    Leases(worker.database, "here").keep({"desk": ""}, 2 * HOUR)
    assert main(["db", "copy", "--config", config(tmp_path, postgres.url(name)), "--to", there]) == 1
    assert "is in use by 1 worker. Stop the service first" in capsys.readouterr().err
    worker.close()
    postgres.drop(name)


def test_check_counts_and_finds_what_is_not_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = f"sqlite:///{tmp_path}/here.db"
    lived_in(here)
    settings = config(tmp_path, here)
    assert main(["db", "check", "--config", settings]) == 0
    said = capsys.readouterr().out
    assert "everything is whole" in said
    assert re.search(r"^messages +31$", said, re.MULTILINE)
    with sqlite3.connect(tmp_path / "here.db") as file:
        file.execute("DELETE FROM items WHERE id = 1")
        file.execute("UPDATE sqlite_sequence SET seq = 3 WHERE name = 'outbox'")
    file.close()
    assert main(["db", "check", "--config", settings]) == 1
    wrong = capsys.readouterr().err
    assert "messages.item_id: 1 rows name a row of items that is not there" in wrong
    assert "outbox: the next row would get an id that is taken" in wrong


def test_check_finds_ids_that_postgresql_would_give_out_again(
    postgres: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = postgres.migrated()
    url = postgres.url(name)
    lived_in(url)
    settings = config(tmp_path, url)
    assert main(["db", "check", "--config", settings]) == 0
    postgres.sql("SELECT setval('items_id_seq', 2)", name)
    assert main(["db", "check", "--config", settings]) == 1
    assert "items: the next row would get an id that is taken" in capsys.readouterr().err
    postgres.drop(name)


def test_migrate_makes_the_tables(postgres: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = postgres.empty()
    assert main(["db", "migrate", "--config", config(tmp_path, postgres.url(name))]) == 0
    assert f"tables of version {HEAD}" in capsys.readouterr().out
    postgres.drop(name)


def test_a_server_that_is_not_there_is_told_of_and_not_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = f"sqlite:///{tmp_path}/here.db"
    lived_in(here)
    assert main(["db", "copy", "--config", config(tmp_path, here), "--to", "postgresql://u@127.0.0.1:1/d"]) == 1
    said = capsys.readouterr().err
    assert "cannot be reached" in said
    assert "tried again" not in said


def test_an_address_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = f"sqlite:///{tmp_path}/here.db"
    lived_in(here)
    assert main(["db", "copy", "--config", config(tmp_path, here), "--to", "postgresql://u:secret@h/d"]) == 1
    said = capsys.readouterr().err
    assert "a password does not stand in this line" in said
    assert "secret" not in said
