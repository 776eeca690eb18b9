"""Terms of every kind but handles, for Hypothesis to draw."""

from __future__ import annotations

from hypothesis import strategies as st

from gen_tck.spec.terms import LONGEST_ATOM, Atom, Improper, List, Map, Term

CHARACTERS = st.characters(exclude_categories=["Cs"])
NAMES = st.one_of(
    st.text(CHARACTERS, max_size=12),
    st.text("'\"\\\n\0\x1b\u202e\x9b%.$(){}[]|a", max_size=8),
    st.sampled_from(["fun", "end", "maybe", "else", "", "A", "_", "a b", "é", "x" * LONGEST_ATOM]),
)
"""Of atoms: also those that would leave their place if they were not quoted."""
ATOMS = NAMES.map(Atom)
NUMBERS = st.one_of(
    st.integers(-(1 << 80), 1 << 80),
    st.sampled_from([(1 << 31) - 1, 1 << 31, -(1 << 31), -(1 << 31) - 1, 1 << 32, 1 << 64, 10**300]),
    st.floats(allow_nan=False, allow_infinity=False),
)


def _containers(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    several = st.lists(inner, max_size=3)
    improper = st.tuples(st.lists(inner, min_size=1, max_size=2), st.one_of(ATOMS, NUMBERS, st.binary(max_size=4)))
    return st.one_of(
        several.map(List),
        several.map(tuple),
        improper.map(lambda both: Improper(tuple(both[0]), both[1])),
        st.dictionaries(ATOMS, inner, max_size=2).map(Map),
    )


LEAVES = st.one_of(
    ATOMS, NUMBERS, st.binary(max_size=80), st.text(CHARACTERS, max_size=5).map(lambda t: List(map(ord, t)))
)
TERMS: st.SearchStrategy[Term] = st.recursive(LEAVES, _containers, max_leaves=8)
