"""EARL 1.0, the W3C's vocabulary for test results, as JSON-LD that needs no context from elsewhere.

Each clause is a test requirement, and there is one assertion about each. The clauses' names are URNs of our own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from gen_tck.conformance.reports.source import Source
from gen_tck.conformance.results.claims import ClauseResult
from gen_tck.conformance.results.verdicts import Meaning, meaning
from gen_tck.spec.printable import printable

CONTEXT = {
    "earl": "http://www.w3.org/ns/earl#",
    "dct": "http://purl.org/dc/terms/",
    "doap": "http://usefulinc.com/ns/doap#",
    "assertedBy": {"@id": "earl:assertedBy", "@type": "@id"},
    "subject": {"@id": "earl:subject", "@type": "@id"},
    "test": {"@id": "earl:test", "@type": "@id"},
    "mode": {"@id": "earl:mode", "@type": "@id"},
    "outcome": {"@id": "earl:outcome", "@type": "@id"},
    "result": "earl:result",
    "info": "earl:info",
    "title": "dct:title",
    "description": "dct:description",
    "name": "doap:name",
    "revision": "doap:revision",
    "homepage": {"@id": "doap:homepage", "@type": "@id"},
}
OUTCOMES: dict[Meaning, str] = {
    "holds": "earl:passed",
    "deviates": "earl:failed",
    "fails": "earl:failed",
    "not-claimed": "earl:inapplicable",
    "left-out": "earl:untested",
    "blocked": "earl:cantTell",
    "unsure": "earl:cantTell",
    "broken": "earl:cantTell",
    "not-run": "earl:untested",
}
_Node = dict[str, Any]


def earl(sources: Sequence[Source]) -> _Node:
    """All runs as one graph, in JSON."""
    nodes: dict[str, _Node] = {}
    for source in sources:
        for each in _nodes(source):
            nodes.setdefault(each["@id"], each)
    return {"@context": CONTEXT, "@graph": list(nodes.values())}


def urn(*parts: str) -> str:
    """A name of our own: ``urn:gen-tck:clause:ownership/...``."""
    return ":".join(["urn:gen-tck", *(quote(printable(each), safe="/") for each in parts)])


def _nodes(source: Source) -> Iterator[_Node]:
    results = source.results
    kit, node = results.kit, results.node
    judge, subject = urn("kit", kit.version), urn("node", node.asked, node.version)
    yield {"@id": judge, "@type": ["earl:Assertor", "earl:Software"], "name": kit.name, "revision": kit.version}
    described: _Node = {"@id": subject, "@type": ["earl:TestSubject", "earl:Software"], "name": node.name}
    described["revision"] = node.version
    # Only an address can be named as one; what else a subject says is no IRI.
    if node.homepage.startswith(("https://", "http://")):
        described["homepage"] = quote(printable(node.homepage), safe=":/?#[]@!$&'()*+,;=%~")
    yield described
    for clause, result in results.clauses.items():
        criterion: _Node = {"@id": urn("clause", clause), "@type": "earl:TestRequirement", "title": clause}
        if source.sentence(clause):
            criterion["description"] = " ".join(source.sentence(clause).split())
        yield criterion
        outcome: _Node = {"@type": "earl:TestResult", "outcome": OUTCOMES[meaning(result.verdict)]}
        outcome["info"] = _info(source, result)
        yield {
            "@id": urn("assertion", node.asked, node.version, clause),
            "@type": "earl:Assertion",
            "assertedBy": judge,
            "subject": subject,
            "test": urn("clause", clause),
            "mode": "earl:automatic",
            "result": outcome,
        }


def _info(source: Source, result: ClauseResult) -> str:
    """The verdict in the kit's words, and what was seen instead of what was expected."""
    cases = {case.id: case for case in source.results.cases}
    parts = [f"{result.verdict} ({result.variant})" if result.variant else result.verdict]
    for case in (cases[each] for each in result.tests):
        if case.expected or case.seen:
            parts.append(f"{case.name}: expected {case.expected}, saw {case.seen}")
        elif case.message and meaning(case.verdict) != "not-claimed":
            parts.append(f"{case.name}: {case.message}")
    return "; ".join(parts)
