"""The migrations lead to the tables that the program uses."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Index, create_engine, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

import triage_bot.store
from tests.servers.postgres import Postgres
from triage_bot.store import schema
from triage_bot.store.store import Store
from triage_bot.store.tables import metadata

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
