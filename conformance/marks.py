"""The one mark a conformance test carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])


def clause(*ids: str) -> Callable[[Test], Test]:
    """Name the clauses (``"chapter/slug"``) that the test checks. The first is the one it is about."""
    return pytest.mark.clause(*ids)
