"""Called by alembic: runs the migrations within the transaction that ``Database`` opened."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="portal_version",  # nbgrader has one of its own in the same database
    transactional_ddl=False,
)
context.run_migrations()
