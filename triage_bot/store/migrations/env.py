"""Run by Alembic, inside the transaction of `triage_bot.store.schema.migrate`."""

from alembic import context

from triage_bot.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
