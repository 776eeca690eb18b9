"""JUnit XML, as the xunit plugin of Jenkins defines it; most services that run tests read it.

``fail`` is a failure; ``adapter-error``, ``kit-error``, ``flaky`` and ``inconclusive`` are errors. What is unsupported,
not run, blocked by another failure or deviates as recorded is skipped, with the reason. A stale deviation and a
broken-off run have no case of their own, but they count: each is one more failure or error.

That schema knows no properties of a test case, so each case says in its output which clauses it is about, what holds if
it passes, and how to run it again. The roots of what failed are the output of the suite.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from gen_tck.conformance.reports.source import Source
from gen_tck.conformance.results import ladder, roots
from gen_tck.conformance.results.conclusion import not_wholly_claimed, sentence
from gen_tck.conformance.results.verdicts import Case, Meaning, meaning
from gen_tck.spec.printable import printable

_TAGS: dict[Meaning, str] = {
    "fails": "failure",
    "broken": "error",
    "unsure": "error",
    "not-claimed": "skipped",
    "left-out": "skipped",
    "blocked": "skipped",
    "not-run": "skipped",
    "deviates": "skipped",
}


def junit(sources: Sequence[Source]) -> str:
    """One document with a suite for each run."""
    suites = [_suite(each) for each in sources]
    root = ElementTree.Element("testsuites", {"name": "gen-tck"} | _totals(suites))
    root.extend(suites)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _totals(suites: Sequence[ElementTree.Element]) -> dict[str, str]:
    return {name: str(sum(int(each.attrib[name]) for each in suites)) for name in ("tests", "failures", "errors")}


def _suite(source: Source) -> ElementTree.Element:
    results = source.results
    suite = ElementTree.Element("testsuite", {"name": printable(source.name)})
    properties = ElementTree.SubElement(suite, "properties")
    facts = {
        "conclusion": results.conclusion,
        "sentence": str(sentence(results)),
        "profiles": not_wholly_claimed(results),
        "ladder": ladder.in_words(results),
        "kit": f"{results.kit.name} {results.kit.version}",
        "command": results.run.command,
        "system": results.run.system,
        "python": results.run.python,
        "node": f"{results.node.name} {results.node.version}",
        "homepage": results.node.homepage,
        **results.node.details,
    }
    for name, value in facts.items():
        ElementTree.SubElement(properties, "property", {"name": printable(name), "value": printable(value)})
    for case in results.cases:
        suite.append(_case(source, case))
    for each in results.stale:
        _told(_named(suite, "deviations", "recorded"), "failure", "stale", each)
    if not results.complete:
        _told(_named(suite, "run", "complete"), "error", "incomplete", "the run is not complete")
    if results.roots:
        told = ["roots, the weightiest first:", *map(roots.sentence, results.roots)]
        ElementTree.SubElement(suite, "system-out").text = _lines(told)
    tags = [outcome.tag for case in suite.iter("testcase") for outcome in case]
    suite.attrib |= {
        "tests": str(len(suite.findall("testcase"))),
        "failures": str(tags.count("failure")),
        "errors": str(tags.count("error")),
        "skipped": str(tags.count("skipped")),
        "time": f"{results.seconds:.3f}",
    }
    for name, value in {"timestamp": results.run.date.removesuffix("Z"), "hostname": results.run.host}.items():
        if value:
            suite.attrib[name] = printable(value)
    return suite


def _named(suite: ElementTree.Element, where: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", {"classname": where, "name": name})


def _case(source: Source, case: Case) -> ElementTree.Element:
    module = case.id.partition("[")[0].rpartition("::")[0].removesuffix(".py").replace("/", ".")
    found = ElementTree.Element("testcase", {"classname": printable(module), "name": printable(case.name)})
    found.attrib["time"] = f"{case.seconds:.6f}"
    tag = _TAGS.get(meaning(case.verdict))
    if tag is not None:
        _told(found, tag, case.verdict, _message(case), () if tag == "skipped" else source.lines(case))
    told = {
        "holds if it passes": source.title(case),
        "clauses": ", ".join(case.clauses),
        "seen": ", ".join(case.variants),
        "again": source.again(case),
    }
    output = ElementTree.SubElement(found, "system-out")
    output.text = _lines(f"{name}: {text}" for name, text in told.items() if text)
    return found


def _told(case: ElementTree.Element, tag: str, kind: str, message: str, words: Iterable[str] = ()) -> None:
    outcome = ElementTree.SubElement(case, tag, {"type": kind, "message": printable(message)})
    outcome.text = _lines(words) or None


def _lines(words: Iterable[str]) -> str:
    return "\n".join(map(printable, words))


def _message(case: Case) -> str:
    if case.verdict == "fail":
        waited = f" ({roots.waited(case.waited)})" if case.waited is not None else ""
        return f"{case.clauses[0]}: expected {case.expected}, saw {case.seen}{waited}"
    if case.verdict == "blocked" and case.blocked_by:
        return f"blocked by {case.blocked_by}"
    return f"{case.verdict}: {case.message}" if case.message else case.verdict
