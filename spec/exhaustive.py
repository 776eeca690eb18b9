"""For a ``match`` over all kinds of something: the type checker names it when a kind is added that it does not know."""

from __future__ import annotations

from typing import NoReturn

__all__ = ["assert_never"]


def assert_never(value: NoReturn) -> NoReturn:
    """What stands in the last ``case _``: no value gets there. (Python has it in ``typing`` from 3.11 on.)"""
    raise AssertionError(f"there is no such kind: {value!r}")
