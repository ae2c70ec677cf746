"""One row kept in one statement, for what happens often or in two places at once: insert it, or change the one there."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, SQLModel

from storage.database import EVERYONE, connection, insert_for

_statements: dict[tuple[Any, ...], Any] = {}


def keep(
    db: Session, table: type[SQLModel], values: Mapping[str, Any], by: tuple[str, ...], change: tuple[str, ...] = ()
) -> bool:
    """Insert a row of this session's workspace; where one has the same `by` already, only set `change` of it.

    Answers whether anything was written. What a session holds of the row already is not changed with it.
    """
    if db.info["workspace"] == EVERYONE:
        raise RuntimeError("a row of no workspace")
    plain = connection(db)
    key = (plain.dialect.name, table, by, change)
    if key not in _statements:
        made = insert_for(plain)(table)
        statement = (
            made.on_conflict_do_update(index_elements=by, set_={name: made.excluded[name] for name in change})
            if change
            else made.on_conflict_do_nothing(index_elements=by)
        )
        _statements[key] = statement.execution_options(preserve_rowcount=True)  # of an insert it is forgotten otherwise
    return bool(plain.execute(_statements[key], {**values, "workspace_id": db.info["workspace"]}).rowcount == 1)
