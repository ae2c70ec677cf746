"""How Alembic reaches the database and reads our column types."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, Engine, create_engine, event, pool
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import storage
from storage.database import Instant

assert storage.people, "importing storage registers every table"


def render(kind: str, obj: Any, autogen_context: Any) -> Any:
    """Write our own types as what they are in a migration."""
    if kind == "type" and isinstance(obj, Instant):
        autogen_context.imports.add("from storage.database import Instant")
        return "Instant()"
    if kind == "type" and isinstance(obj, AutoString):
        return "sa.String()"
    return False


def engine_of(url: str) -> Engine:
    """An engine whose transactions hold table changes too: SQLite's driver would commit each of them at once."""
    engine = create_engine(url, poolclass=pool.NullPool, connect_args={"isolation_level": None})

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def run() -> None:
    """Upgrade over the connection that is given, or over one of our own: all of it or nothing."""
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        upgrade(given)
        return
    engine = engine_of(context.config.get_main_option("sqlalchemy.url") or "")
    with engine.connect() as connection:
        upgrade(connection)
    engine.dispose()


def upgrade(connection: Connection) -> None:
    """What is missing, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_item=render,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
