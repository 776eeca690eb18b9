"""The end of a ``match`` that names every class: mypy says which one is missing."""

from __future__ import annotations

from typing import NoReturn

__all__ = ["assert_never"]


def assert_never(value: NoReturn) -> NoReturn:
    """For what cannot be there. (``typing`` has this from Python 3.11 on.)"""
    raise AssertionError(f"nobody expects a {type(value).__name__}: {value!r}")
