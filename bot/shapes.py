"""Payloads from outside are read in one go: whatever they lack makes them malformed, said in one place."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Malformed(Exception):
    """A payload that has not the shape of anything the platform sends."""


def reads(reader: Callable[P, T]) -> Callable[P, T]:
    """Whatever a payload lacks or holds in another shape makes it malformed, said in one place instead of forty."""

    @wraps(reader)
    def read(*given: P.args, **named: P.kwargs) -> T:
        try:
            return reader(*given, **named)
        except (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError) as error:
            raise Malformed from error

    return read


def identifier(value: Any, longest: int) -> str:
    """An id as it came, "" for none. Raises ValueError for what is none: it would not fit where ids are kept."""
    if value and not (isinstance(value, str) and len(value) <= longest):
        raise ValueError("no id")
    return value or ""
