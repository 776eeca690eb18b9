"""JUnit XML, as the xunit plugin of Jenkins defines it; most services that run tests read it.

``fail`` is a failure, ``kit-error`` and ``inconclusive`` are errors. What is unsupported, blocked by another failure or
deviates as recorded is skipped, with the reason. A stale deviation and a broken-off run have no case of their own, but
they count: each is one more failure or error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from gen_tck.conformance.reports.source import Source
from gen_tck.conformance.terminal import case_lines, how_to_see_it
from gen_tck.conformance.verdicts import Case, Verdict

_TAGS: dict[Verdict, str] = {
    "fail": "failure",
    "kit-error": "error",
    "adapter-error": "error",
    "flaky": "error",
    "inconclusive": "error",
    "unsupported": "skipped",
    "blocked": "skipped",
    "not-run": "skipped",
    "deviates": "skipped",
}
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    suite = ElementTree.Element("testsuite", {"name": _plain(source.name)})
    properties = ElementTree.SubElement(suite, "properties")
    facts = {
        "conclusion": results.conclusion,
        "kit": f"{results.kit.name} {results.kit.version}",
        "node": f"{results.node.name} {results.node.version}",
        **results.node.details,
    }
    for name, value in facts.items():
        ElementTree.SubElement(properties, "property", {"name": _plain(name), "value": _plain(value)})
    for case in results.cases:
        suite.append(_case(source, case))
    for sentence in results.stale:
        _told(_named(suite, "deviations", "recorded"), "failure", "stale", sentence)
    if not results.complete:
        _told(_named(suite, "run", "complete"), "error", "incomplete", "the run is not complete")
    tags = [outcome.tag for case in suite.iter("testcase") for outcome in case]
    suite.attrib |= {
        "tests": str(len(suite.findall("testcase"))),
        "failures": str(tags.count("failure")),
        "errors": str(tags.count("error")),
        "skipped": str(tags.count("skipped")),
        "time": f"{results.seconds:.3f}",
    }
    return suite


def _named(suite: ElementTree.Element, where: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", {"classname": where, "name": name})


def _case(source: Source, case: Case) -> ElementTree.Element:
    module = case.id.partition("[")[0].rpartition("::")[0].removesuffix(".py").replace("/", ".")
    found = ElementTree.Element("testcase", {"classname": _plain(module), "name": _plain(case.name)})
    found.attrib["time"] = f"{case.seconds:.6f}"
    tag = _TAGS.get(case.verdict)
    if tag is not None:
        _told(found, tag, case.verdict, _message(case), "" if tag == "skipped" else _words(source, case))
    elif case.variants:
        ElementTree.SubElement(found, "system-out").text = _plain(f"seen: {', '.join(case.variants)}")
    return found


def _told(case: ElementTree.Element, tag: str, kind: str, message: str, words: str = "") -> None:
    outcome = ElementTree.SubElement(case, tag, {"type": kind, "message": _plain(message)})
    outcome.text = _plain(words) or None


def _message(case: Case) -> str:
    if case.verdict == "fail":
        return f"{case.clauses[0]}: expected {case.expected}, saw {case.seen}"
    return f"{case.verdict}: {case.message}" if case.message else case.verdict


def _words(source: Source, case: Case) -> str:
    again = how_to_see_it(source.results.node.asked, case, source.path if source.kept else None)
    return "\n".join(case_lines(case, source.clauses.get(case.clauses[0]), again))


def _plain(text: str) -> str:
    """``text`` without the characters that XML has no way to write."""
    return _UNWRITABLE.sub(lambda found: f"\\x{{{ord(found[0]):x}}}", text)
