"""Migrations on a PostgreSQL server: by one replica at a time, all of it or nothing."""

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from bot.errors import NewerTables, NoServer
from storage import migrations
from storage.postgres import PostgresDatabase, plain_engine

LOCK = 7_239_481_110  # the advisory lock's number: any that nobody else has


def ensure(url: str) -> None:
    """Bring a server's tables to this code's revision. Raises NewerTables or NoServer."""
    engine, place = plain_engine(url), PostgresDatabase(url).place
    try:
        with engine.begin() as connection:
            # Replicas that start at once would all find no tables, and all make them.
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            _bring_up(connection, place)
    except DBAPIError as error:
        raise NoServer(place=place, reason=_reason(error)) from None
    finally:
        engine.dispose()


def revision(connection: Connection) -> str | None:
    """Which revision a database has; None when there is none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _bring_up(connection: Connection, place: str) -> None:
    now = revision(connection)
    if now == migrations.HEAD:
        return
    if now is not None and not list(migrations.VERSIONS.glob(f"{now}_*.py")):
        raise NewerTables(place=place)
    from alembic import command

    config = migrations.config(str(connection.engine.url.set(password=None)))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _reason(error: DBAPIError) -> str:
    """The driver's own words, on one line."""
    return " ".join(str(error.orig).split()) or type(error.orig).__name__
