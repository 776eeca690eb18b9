"""What a case cannot do without, and what follows when that fails.

One graph: a case needs the clauses that its own build on (``builds-on``), the foundations of what it uses (its calls,
options and framings: :mod:`gen_tck.conformance.run.uses`), what its test ``requires``, and all that those build on. A
clause fails if a case that is about it fails and is not blocked itself; it then blocks every case that needs it,
whatever that case may have seen. So the same cases are blocked however many processes share a run, and in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from gen_tck.conformance.results.verdicts import NO_NEWS, Case, Verdict, meaning
from gen_tck.conformance.run import uses
from gen_tck.spec.clause import CHAPTERS, Clause
from gen_tck.spec.clauses import ancestors


class Graph:
    """The cases of a run, by id, and what each needs."""

    def __init__(self, clauses: Mapping[str, Clause]) -> None:
        self._clauses = clauses
        self._below: dict[str, frozenset[str]] = {}
        self._about: dict[str, list[str]] = {}
        self._place = {each: (CHAPTERS.index(clauses[each].chapter), at) for at, each in enumerate(clauses)}
        self.needs: dict[str, frozenset[str]] = {}
        """By case: the ids of the clauses that it cannot do without, other than its own."""
        self.about: dict[str, str] = {}
        """By case: the clause that it is about."""

    @classmethod
    def of(cls, cases: Iterable[Case], clauses: Mapping[str, Clause]) -> Graph:
        """The graph of these cases."""
        graph = cls(clauses)
        for case in cases:
            graph.add(case.id, case.clauses, case.requires)
        return graph

    def add(self, case: str, own: Sequence[str], requires: Sequence[str] = ()) -> None:
        """Take up a case that checks the clauses ``own`` and names others that it ``requires``."""
        direct = {*uses.of(case), *requires} & self._clauses.keys()
        needed = direct.union(*(self._ancestors(each) for each in (*own, *direct)))
        self.needs[case] = frozenset(needed - set(own))
        self.about[case] = own[0]
        self._about.setdefault(own[0], []).append(case)

    def _ancestors(self, clause: str) -> frozenset[str]:
        if clause not in self._below:
            self._below[clause] = ancestors(clause, self._clauses)
        return self._below[clause]

    @cached_property
    def depths(self) -> Mapping[str, int]:
        """By case: the length of the longest way down to a case that needs no other. (Take up all cases before.)"""
        depths: dict[str, int] = {}
        under_way: set[str] = set()

        def depth(case: str) -> int:
            if case not in depths and case not in under_way:
                under_way.add(case)  # a circle, which the kit's own tests exclude, must not be an endless one
                below = [depth(other) for need in self.needs[case] for other in self._about.get(need, ())]
                depths[case] = 1 + max(below, default=-1)
            return depths.get(case, 0)

        for case in self.needs:
            depth(case)
        return depths

    def order(self, case: str) -> tuple[int, int, int]:
        """The sort key of a case: after all that it needs, then by chapter and clause."""
        return self.depths[case], *self._place[self.about[case]]

    def blocker(self, case: str, verdicts: Mapping[str, Verdict]) -> str | None:
        """The failed clause that blocks ``case`` for sure, as far as ``verdicts`` of other cases are known."""
        # Asked for each case of a run: what it needs is little, all that is known so far is much.
        needed = ((clause, self._about.get(clause, ())) for clause in self.needs[case])
        sure = [clause for clause, cases in needed if any(self._is_root(each, verdicts) for each in cases)]
        return min(sure, key=self._place.__getitem__, default=None)

    def _is_root(self, case: str, verdicts: Mapping[str, Verdict]) -> bool:
        """Whether ``case`` failed, and can no longer turn out to be blocked by another."""
        if verdicts.get(case) != "fail":
            return False
        below = (each for need in self.needs[case] for each in self._about.get(need, ()))
        return all(verdicts.get(each, "fail") != "fail" for each in below)

    def block(self, cases: Iterable[Case]) -> None:
        """Turn into ``blocked`` every case that needs a clause that failed."""
        failed: set[str] = set()
        for case in sorted(cases, key=lambda case: (self.order(case.id), case.id)):
            culprit = min(failed & self.needs[case.id], key=self._place.__getitem__, default=None)
            if culprit is not None and meaning(case.verdict) not in NO_NEWS:
                case.own = "not-run" if case.verdict == "blocked" else case.verdict
                case.verdict, case.blocked_by = "blocked", culprit
                case.message = case.message or f"it needs {culprit}, which failed"
            elif case.verdict == "fail":
                failed.add(case.clauses[0])
            elif case.verdict == "blocked":
                case.verdict, case.own = "not-run", None
