"""What results say of implementations, put together into ``spec/observed.toml``.

gen-tck certify otp --erl ERL --results otp-27.json       (each node, each release)
python -m gen_tck.conformance.results.observed otp-25.json otp-27.json ... > spec/observed.toml
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import tomlkit
from tomlkit.items import InlineTable

from gen_tck.adapters.registry import find
from gen_tck.conformance.results import deviations
from gen_tck.conformance.results.deviations import Deviation
from gen_tck.conformance.results.file import Results, read
from gen_tck.conformance.results.verdicts import Case
from gen_tck.spec.clause import Clause
from gen_tck.spec.clauses import load as load_clauses
from gen_tck.spec.observed import BREAKS, KEEPS, NodeSeen, Observed
from gen_tck.spec.retired import successors

__all__ = ["observe", "written"]

Recorded: TypeAlias = Callable[[str], list[Deviation]]

HEAD = (
    "What each implementation was seen to do. Made by `python -m gen_tck.conformance.results.observed`, never by hand."
)


def observe(all_results: Iterable[Results], clauses: Mapping[str, Clause], recorded: Recorded) -> Observed:
    """What these results, each of another node or release, say together of ``clauses``, and in their order.

    ``recorded``: the deviations of the node of that name, which say the clause that a case that deviates breaks.
    """
    observed = Observed({}, {each: {} for each in clauses})
    for results in all_results:
        facts = results.node
        name = "-".join(filter(None, (facts.name, facts.details.get("release", ""))))
        observed.nodes[name] = NodeSeen(facts.version)
        for clause, seen in _seen(results, clauses, recorded(facts.asked)):
            observed.clauses[clause].setdefault(seen, []).append(name)
    observed.clauses = {clause: seen for clause, seen in observed.clauses.items() if seen}
    return observed


def _seen(results: Results, clauses: Mapping[str, Clause], deviations: list[Deviation]) -> Iterator[tuple[str, str]]:
    """Clauses, and what was seen of each: that it is broken, or else its variants, or that it is kept."""
    found: dict[str, set[str]] = {}
    for case in results.cases:
        broken = _broken(case, deviations) if case.verdict in ("deviates", "fail") else frozenset()
        for clause in _present(case.clauses) if case.verdict in ("pass", "varies", "deviates", "fail") else ():
            variants = set(case.variants).intersection(clauses[clause].variants)
            found.setdefault(clause, set()).update({BREAKS} if clause in broken else variants)
    for clause, said in found.items():
        yield from ((clause, each) for each in ({BREAKS} if BREAKS in said else said or {KEEPS}))


def _broken(case: Case, deviations: list[Deviation]) -> frozenset[str]:
    """The clauses that a failed case breaks: those that the record names, or else the one that it is about."""
    named = [each.clause for each in deviations if each.is_about(case) and each.reason == case.message]
    return frozenset(_present(named or case.clauses[:1]))


def _present(ids: Iterable[str]) -> list[str]:
    """The clauses that stand for ``ids`` by now."""
    return [each for id_ in ids for each in successors(id_)]


def written(observed: Observed) -> str:
    """The text of the file."""
    document = tomlkit.document()
    document.add(tomlkit.comment(HEAD))
    nodes = tomlkit.table(is_super_table=True)
    for name, node in sorted(observed.nodes.items()):
        table = tomlkit.table()
        table.add("version", node.version)
        nodes.add(name, table)
    document.add("nodes", nodes)
    clauses = tomlkit.table()
    for clause, seen in observed.clauses.items():
        clauses.add(tomlkit.key(clause), _inline(seen))
    document.add("clauses", clauses)
    return tomlkit.dumps(document)


def _inline(seen: dict[str, list[str]]) -> InlineTable:
    table = tomlkit.inline_table()
    for what, nodes in sorted(seen.items()):
        table.add(what, sorted(nodes))
    return table


def _recorded(node: str) -> list[Deviation]:
    clauses = load_clauses()
    return deviations.load(find(node).deviations, clauses, deviations.names_of_tests(Path(__file__).parents[1]))


if __name__ == "__main__":
    all_results = [read(Path(each)) for each in sys.argv[1:]]
    print(written(observe(all_results, load_clauses(), _recorded)), end="")
