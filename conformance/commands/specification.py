"""The specification, as the commands get it: what is wrong with it is said and ends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gen_tck.conformance.commands.errors import Failed

if TYPE_CHECKING:
    from gen_tck.spec.clause import Clause
    from gen_tck.spec.ledger import Disposition


def known_clauses() -> Mapping[str, Clause]:
    """All clauses by id. Raises ``Failed``."""
    from gen_tck.spec.clauses import SpecError, load

    try:
        return load()
    except SpecError as reason:
        raise Failed.of(reason) from reason


def dispositions(clauses: Mapping[str, Clause]) -> Mapping[str, Disposition]:
    """Why clauses have no test, by id. Raises ``Failed``."""
    from gen_tck.spec.ledger import LedgerError, load

    try:
        return load(clauses).dispositions
    except LedgerError as reason:
        raise Failed.of(reason) from reason
