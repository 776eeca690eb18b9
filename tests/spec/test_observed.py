"""What implementations were seen to do, held against what the clauses say of themselves."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from gen_tck.spec.clauses import load
from gen_tck.spec.observed import BREAKS, KEEPS
from gen_tck.spec.observed import load as load_observed

CLAUSES = load()
OBSERVED = load_observed()
NODES = {f"{name}-{release}" for name in ("otp", "otp-socket") for release in (25, 27, 29)}


def wrong(basis: str, *allowed: str) -> list[str]:
    """Clauses of this ``basis`` of which something else was seen."""
    return [
        f"{clause.id} is {basis}: {seen} by {', '.join(nodes)}"
        for clause in CLAUSES.values()
        if clause.basis == basis
        for seen, nodes in OBSERVED.of(clause.id).items()
        if seen not in (allowed or (*clause.variants, BREAKS))
    ]


def test_somebody_was_not_looked_at() -> None:
    assert set(OBSERVED.nodes) == NODES
    assert {node for seen in OBSERVED.clauses.values() for nodes in seen.values() for node in nodes} == NODES


def test_what_was_seen_is_of_no_clause() -> None:
    assert sorted(set(OBSERVED.clauses) - set(CLAUSES)) == []


def test_otp_does_not_do_what_every_otp_does() -> None:
    assert wrong("observed", KEEPS) == []


def test_what_is_intended_is_what_every_otp_does() -> None:
    kept = [
        each.id
        for each in CLAUSES.values()
        if each.basis == "intended" and KEEPS in OBSERVED.of(each.id) and BREAKS not in OBSERVED.of(each.id)
    ]
    assert kept == []


def test_clause_that_varies_does_not_allow_what_is_seen() -> None:
    assert wrong("varies") == []


def test_implementation_does_not_choose_once() -> None:
    twice = {
        clause.id: node
        for clause in CLAUSES.values()
        if clause.chosen_by == "implementation"
        for node, times in Counter(chain(*OBSERVED.of(clause.id).values())).items()
        if times > 1
    }
    assert twice == {}
