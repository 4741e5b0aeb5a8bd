"""The migrations lead to the tables that the program uses."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Index, create_engine, insert, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

import triage_bot.store
from tests.servers.postgres import Postgres
from tests.store.builders import FRIDAY, HOUR, mail
from triage_bot.store import schema
from triage_bot.store.past import Traits, same_text_on
from triage_bot.store.rows import message_row
from triage_bot.store.store import Store
from triage_bot.store.tables import messages, metadata

MIGRATIONS = Path(triage_bot.store.__file__).parent / "migrations"


def test_the_migrated_schema_is_that_of_the_tables(store: Store) -> None:
    with store._read() as connection:
        # PostgreSQL cannot compare the default of a JSON column.
        opts = {"compare_type": True, "compare_server_default": connection.dialect.name == "sqlite"}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []


@pytest.mark.sqlite
def test_partial_indexes_and_table_options_agree_too(store: Store) -> None:
    """Which the comparison by Alembic leaves out."""
    fresh = create_engine("sqlite://")
    metadata.create_all(fresh)
    with fresh.connect() as connection:
        wanted = written(connection)
    fresh.dispose()
    with store._read() as connection:
        assert written(connection) == wanted


def written(connection: Connection) -> dict[str, str]:
    """The indexes as they were written, and of each table whether its ids are never given out twice. Columns may have
    been added later, which SQLite writes otherwise."""
    statement = text("SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'")
    return {
        name: " ".join(sql.split()) if kind == "index" else str("AUTOINCREMENT" in sql)
        for name, kind, sql in connection.execute(statement)
    }


@pytest.mark.postgresql
def test_indexes_on_postgresql_agree_too(store: Store, postgres: Postgres) -> None:
    fresh = create_engine(postgres.url(postgres.empty()).replace("postgresql:", "postgresql+psycopg:"))
    metadata.create_all(fresh)
    statement = text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'alembic%'")
    with fresh.connect() as connection, store._read() as migrated:
        assert set(migrated.execute(statement).scalars()) == set(connection.execute(statement).scalars())
    fresh.dispose()


@pytest.mark.parametrize(
    "sent_at", [FRIDAY - HOUR, datetime(1, 1, 1, tzinfo=UTC), None], ids=["sent", "year 1", "unsent"]
)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_hashes_of_before_are_those_of_now(
    kind: str, sent_at: datetime | None, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Else a copy of a message that came before the upgrade, or its text again, would be taken for a new one."""
    address = f"sqlite:///{tmp_path}/triage.db"
    if kind == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        address = postgres.url(postgres.empty()).replace("postgresql:", "postgresql+psycopg:")
    message = replace(mail(1), sent_at=sent_at)
    engine = create_engine(address)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        traits = Traits.of(message)
        row = message_row(message, None, None, FRIDAY, {}, traits.fingerprint[10:], traits.same_text)
        known = {column["name"] for column in inspect(connection).get_columns("messages")}
        connection.execute(insert(messages), {name: value for name, value in row.items() if name in known})
        command.upgrade(config, "head")
        found = connection.execute(select(messages.c.fingerprint, messages.c.same_text)).one()
        assert tuple(found) == (traits.fingerprint, same_text_on(traits.same_text, message.received_at))
    engine.dispose()


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [schema.HEAD]
    assert all(len(revision.revision) == len(schema.HEAD) for revision in script.walk_revisions())


def test_a_database_that_is_current_opens_without_alembic(url: str) -> None:
    Store.open(url, exclusive=True).close()
    code = (
        "import sys; from triage_bot.store.store import Store; Store.open(sys.argv[1], exclusive=True).close();"
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, url]).returncode == 0


@pytest.mark.sqlite
def test_a_migration_that_fails_leaves_the_file_empty(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("cut short")

    with monkeypatch.context() as patch:
        patch.setattr(MigrationContext, "_ensure_version_table", fail)
        with pytest.raises(RuntimeError):
            Store.open(url, exclusive=True)
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    Store.open(url, exclusive=True).close()


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=lambda dialect: dialect.name)
def test_the_tables_can_be_written_for_every_database(dialect: object) -> None:
    for table in metadata.sorted_tables:
        assert str(CreateTable(table).compile(dialect=dialect))  # type: ignore[arg-type]
        for index in table.indexes:
            written = str(CreateIndex(index).compile(dialect=dialect))  # type: ignore[arg-type]
            assert ("WHERE" in written) == is_partial(index)


def is_partial(index: Index) -> bool:
    return index.dialect_options["sqlite"]["where"] is not None
