"""The marks that a conformance test carries.

They are also read from the source of the kit's own tests, without running it: see ``run/listing.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

from gen_tck.conformance.harness.rows import Row

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


def each_row(argument: str, rows: Iterable[Row]) -> Callable[[Test], Test]:
    """Make a case for each of ``rows``, which is given as ``argument`` and names the clause that the case checks."""
    cases = [pytest.param(row.value, marks=pytest.mark.clause(row.clause), id=row.id) for row in rows]
    return pytest.mark.parametrize(argument, cases)
