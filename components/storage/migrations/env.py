"""The script that alembic runs for each migration. `components/storage/migration.py` starts it and passes the connection."""

from alembic import context

from components.storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,  # SQLite supports this too
)
context.run_migrations()
