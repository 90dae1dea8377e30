"""What alembic runs to take a step; `components/storage/migration.py` asks for it and hands over the connection."""

from alembic import context

from components.storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,  # SQLite can do it, too
)
context.run_migrations()
