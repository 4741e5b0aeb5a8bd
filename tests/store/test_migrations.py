"""The migrations lead to the tables that the program uses."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.migration import HeadMaintainer
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


@pytest.fixture
def migrated(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A database of the store's kind, all of whose tables the migrations have made."""
    address = f"sqlite:///{tmp_path}/migrated.db"
    if store.database.is_shared:
        postgres: Postgres = request.getfixturevalue("postgres")
        address = postgres.url(postgres.empty()).replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(address)
    with engine.begin() as connection:
        schema.migrate(connection)
        yield connection
    engine.dispose()


def test_the_migrated_schema_is_that_of_the_tables(migrated: Connection) -> None:
    # PostgreSQL cannot compare the default of a JSON column.
    opts = {"compare_type": True, "compare_server_default": migrated.dialect.name == "sqlite"}
    context = MigrationContext.configure(migrated, opts=opts)
    assert compare_metadata(context, metadata) == []


def test_a_new_database_is_what_the_migrations_would_have_made(store: Store, migrated: Connection) -> None:
    """In what the comparison by Alembic leaves out, too, and with Alembic's own table."""
    describe = on_postgresql if store.database.is_shared else on_sqlite
    with store._read() as made:
        assert describe(made) == describe(migrated)
        assert MigrationContext.configure(made).get_current_heads() == (schema.HEAD,)


def on_sqlite(connection: Connection) -> set[tuple[str, ...]]:
    """The columns, the indexes as they were written, and of each table whether its ids are never given out twice.
    Columns may have been added later, which SQLite writes otherwise."""
    statement = text("SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL")
    found = {
        (name, " ".join(sql.split()) if kind == "index" else str("AUTOINCREMENT" in sql))
        for name, kind, sql in connection.execute(statement)
    }
    columns = text(
        'SELECT t.name, c.name, c.type, c."notnull", c.dflt_value, c.pk'
        " FROM sqlite_master t, pragma_table_info(t.name) c"
    )
    return found | {tuple(map(str, row)) for row in connection.execute(columns)}


def on_postgresql(connection: Connection) -> set[tuple[str, ...]]:
    """The columns, the constraints and the indexes."""
    statements = (
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
        " WHERE table_schema = 'public'",
        "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid <> 0",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    )
    return {tuple(map(str, row)) for each in statements for row in connection.execute(text(each))}


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
    with engine.begin() as connection:
        schema.migrate(connection, "0001")
        traits = Traits.of(message)
        row = message_row(message, None, None, FRIDAY, {}, traits.fingerprint[10:], traits.same_text)
        known = {column["name"] for column in inspect(connection).get_columns("messages")}
        connection.execute(insert(messages), {name: value for name, value in row.items() if name in known})
        schema.upgrade(connection)
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
@pytest.mark.parametrize("before", ["", "0001"], ids=["nothing", "older tables"])
def test_a_start_that_fails_leaves_the_file_as_it_was(
    before: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("cut short")

    engine = create_engine(url)
    if before:
        with engine.begin() as connection:
            schema.migrate(connection, before)
    tables = inspect(engine).get_table_names()
    with monkeypatch.context() as patch:
        patch.setattr(schema, "insert", fail)
        patch.setattr(HeadMaintainer, "update_to_step", fail)
        with pytest.raises(RuntimeError):
            Store.open(url, exclusive=True)
    assert inspect(engine).get_table_names() == tables
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
