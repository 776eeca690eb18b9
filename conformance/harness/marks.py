"""The marks that a conformance test carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])


def clause(*ids: str) -> Callable[[Test], Test]:
    """Name the clauses (``"chapter/slug"``) that the test checks. The first is the one it is about."""
    return pytest.mark.clause(*ids)


def requires(*ids: str) -> Callable[[Test], Test]:
    """Name further clauses that the test cannot do without: where one of them fails, it is blocked.

    What a test of the kit calls is known without (``run/uses.py``); this is for tests outside the kit,
    and for what no trace shows.
    """
    return pytest.mark.requires(*ids)
