"""The forms of a report that are for machines and for CI pages: valid, complete, and true to the verdicts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click import ClickException
from click.testing import Result
from lxml import etree
from markdown_it import MarkdownIt
from pyld import jsonld

from gen_tck.conformance.reports.markdown import code, plain, prose
from gen_tck.conformance.results.file import RunFacts
from gen_tck.conformance.results.verdicts import Look
from gen_tck.spec import clauses

from .conftest import EVIL, MODES, OWNER, MakeRun, case, exchange, failed

Command = Callable[..., Result]
ABOVE = "modes/active-by-default"
"""Builds on MODES."""
PART = clauses.load()[MODES].profile
EARL = "http://www.w3.org/ns/earl#"
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))


def junit(command: Command, *runs: Path) -> ElementTree.Element:
    """The JUnit report; it is held against the schema."""
    done = command("report", *runs, "--junit")
    assert done.exception is None
    SCHEMA.assertValid(etree.fromstring(done.output.encode()))
    return ElementTree.fromstring(done.output)


def every_verdict(make_run: MakeRun, **options: Any) -> Path:
    look = Look(verdict="fail", expected="a", seen="b", where="owner", waited=0.2)
    return make_run(
        (case(name="test_a"), None),
        (case(name="test_b", variants=["einval"]), None),
        (case("deviates", name="test_c", message="so it is", expected="a", seen="b"), None),
        (case("unsupported", OWNER, name="test_d", message="not claimed"), None),
        (failed(name="test_e", waited=0.131), exchange(differs=True)),
        (case("inconclusive", OWNER, name="test_f", message="not busy"), None),
        (case("kit-error", OWNER, name="test_g", message="KeyError: 1"), None),
        (case("adapter-error", OWNER, name="test_h", message="answered twice"), None),
        (case("flaky", OWNER, name="test_i", message="a race", looks=[look, Look(verdict="pass")]), None),
        (case("not-run", OWNER, name="test_j", message="interrupted"), None),
        (case("blocked", ABOVE, name="test_k", blocked_by=MODES, own="not-run"), None),
        **options,
    )


def test_junit_counts_otherwise(make_run: MakeRun, command: Command) -> None:
    root = junit(command, every_verdict(make_run))
    suite = root.find("testsuite")
    assert suite is not None
    assert {each: suite.attrib[each] for each in ("tests", "failures", "errors", "skipped")} == {
        "tests": "12",
        "failures": "1",
        "errors": "5",
        "skipped": "4",
    }
    outcomes = {each.attrib["name"]: [inner.tag for inner in each] for each in suite.iter("testcase")}
    assert outcomes == {
        "test_a": ["system-out"],
        "test_b": ["system-out"],
        "test_c": ["skipped", "system-out"],
        "test_d": ["skipped", "system-out"],
        "test_e": ["failure", "system-out"],
        "test_f": ["error", "system-out"],
        "test_g": ["error", "system-out"],
        "test_h": ["error", "system-out"],
        "test_i": ["error", "system-out"],
        "test_j": ["skipped", "system-out"],
        "test_k": ["skipped", "system-out"],
        "complete": ["error"],
    }


def test_junit_case_has_no_clause(make_run: MakeRun, command: Command) -> None:
    run = make_run((case(name="test_a[x]", title="So it is [x].", variants=["einval"]), None), (case(), None))
    told, other = [each.text or "" for each in junit(command, run).iter("system-out")]
    if "So it is" not in told:
        told, other = other, told
    assert told.splitlines() == [
        "holds if it passes: So it is [x].",
        f"clauses: {MODES}",
        "seen: einval",
        "again: pytest --pyargs 'gen_tck.conformance.modes.test_x::test_a[x]' --node it",
    ]
    assert other.startswith("holds if it passes: On a connected socket in mode `true`, received data comes to ")


def test_junit_hides_roots_and_run(make_run: MakeRun, command: Command) -> None:
    facts = RunFacts("2026-01-02T03:04:05Z", "here", "Linux", "gen-tck certify 'a b'", "3.11")
    suite = junit(command, every_verdict(make_run, run=facts)).find("testsuite")
    assert suite is not None
    assert (suite.attrib["timestamp"], suite.attrib["hostname"]) == ("2026-01-02T03:04:05", "here")
    told = {each.attrib["name"]: each.attrib["value"] for each in suite.iter("property")}
    assert (told["command"], told["python"]) == ("gen-tck certify 'a b'", "3.11")
    assert told["sentence"].startswith(told["conclusion"])
    assert suite.findtext("system-out") == (
        "roots, the weightiest first:\n"
        f"{MODES}: messages to owner: expected {{tcp,S,D}}, saw no message (waited 0.13 s): 1 case fails, 1 is blocked"
    )


def test_junit_hides_what_failed(make_run: MakeRun, command: Command) -> None:
    failure = junit(command, Path(every_verdict(make_run).name)).find(".//failure")
    assert failure is not None
    assert failure.attrib["message"] == f"{MODES}: expected {{tcp,S,D}}, saw no message (waited 0.13 s)"
    text = failure.text or ""
    again = "pytest --pyargs gen_tck.conformance.modes.test_x::test_e --node it --no-deviations"
    for part in ("messages to owner", "modes/test_x.py:7", "gen-tck replay x.traces/4.jsonl --as erlang", again):
        assert part in text


def test_junit_hides_stale_deviations_and_broken_runs(make_run: MakeRun, command: Command) -> None:
    run = make_run((case(), None), stale=["one is stale"], complete=False)
    suite = junit(command, run).find("testsuite")
    assert suite is not None
    assert (suite.attrib["tests"], suite.attrib["failures"], suite.attrib["errors"]) == ("3", "1", "1")
    assert [each.attrib["message"] for each in suite.iter("failure")] == ["one is stale"]


def test_junit_breaks_on_what_xml_cannot_say(make_run: MakeRun, command: Command) -> None:
    run = make_run((failed("\x00\x1b" + EVIL + "]]>"), None), details={"\x07": "\ufffe"})
    message = junit(command, run).findall(".//failure")[0].attrib["message"]
    assert message.endswith(r"\x{0}\x{1b}" + EVIL + "]]>")


def test_junit_forgets_a_run(make_run: MakeRun, command: Command) -> None:
    root = junit(command, make_run((case(), None)), make_run((failed(), None), name="y"))
    assert [each.attrib["failures"] for each in root] == ["0", "1"]
    assert root.attrib["failures"] == "1"


def test_earl_is_no_json_ld(make_run: MakeRun, command: Command) -> None:
    done = command("report", every_verdict(make_run, homepage="https://example.org/a b"), "--earl")
    assert done.exception is None
    graph = jsonld.expand(json.loads(done.output))
    assertions = [each for each in graph if f"{EARL}Assertion" in each["@type"]]
    names = {each["@id"] for each in graph}
    for each in assertions:
        for role in ("assertedBy", "subject", "test"):
            assert each[f"{EARL}{role}"][0]["@id"] in names
        assert each[f"{EARL}mode"] == [{"@id": f"{EARL}automatic"}]
    outcomes = {
        each[f"{EARL}test"][0]["@id"]: each[f"{EARL}result"][0][f"{EARL}outcome"][0]["@id"] for each in assertions
    }
    assert outcomes == {
        f"urn:gen-tck:clause:{ABOVE}": f"{EARL}cantTell",
        f"urn:gen-tck:clause:{MODES}": f"{EARL}failed",
        f"urn:gen-tck:clause:{OWNER}": f"{EARL}cantTell",
    }
    # Whatever is no absolute IRI is lost on the way to RDF, without a word.
    triples = jsonld.to_rdf(graph)["@default"]
    predicates = Counter(each["predicate"]["value"].removeprefix(EARL) for each in triples)
    assert all(predicates[each] == len(assertions) for each in ("subject", "test", "mode", "outcome", "result", "info"))
    assert predicates["http://usefulinc.com/ns/doap#homepage"] == 1


def test_earl_names_what_is_no_address(make_run: MakeRun, command: Command) -> None:
    done = command("report", make_run((case(), None), homepage="javascript:alert(1)"), "--earl")
    assert "javascript" not in done.output


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ([case()], f"CONFORMS in 1 clause of {PART}"),
        ([case("deviates"), case(clause=OWNER)], f"DEVIATES AS RECORDED in 2 clauses of {PART}"),
        ([failed(), case(clause=OWNER)], "DOES NOT CONFORM: 1 root, 1 case fails"),
        ([case("inconclusive")], "COULD NOT TELL: 1 case is inconclusive"),
    ],
)
def test_badge_says_something_else(make_run: MakeRun, command: Command, run: list[Any], words: str) -> None:
    path = make_run(*((each, None) for each in run))
    assert json.loads(command("report", path, "--shields").output)["message"] == words
    badge = ElementTree.fromstring(command("report", path, "--badge").output)
    assert badge.attrib["aria-label"].startswith(f"gen-tck: {words} (must ")
    assert list(badge.iter("{http://www.w3.org/2000/svg}text"))[1].text == words


def test_shields_does_not_know_the_badge(make_run: MakeRun, command: Command) -> None:
    answer = json.loads(command("report", make_run((failed(), None)), "--shields").output)
    assert answer["schemaVersion"] == 1
    assert set(answer) == {"schemaVersion", "label", "message", "color"}


def test_markdown_says_too_little(make_run: MakeRun, command: Command) -> None:
    facts = RunFacts("2026-01-02T03:04:05Z", "here", "Linux", "gen-tck certify 'a b'", "3.11")
    text = command("report", every_verdict(make_run, run=facts).name, "--markdown").output
    for part in (
        "## ❔ it 1.2: COULD NOT TELL",
        "2026-01-02T03:04:05Z on here (Linux): `gen-tck certify 'a b'`",
        f"1. `{MODES}`: `messages to owner: expected {{tcp,S,D}}, saw no message (waited 0.13 s)`: 1 case fails",
        f"### fail: {MODES}",
        "> On a connected socket in mode `true`, received data comes to ",
        "- expected: `{tcp,S,D}`",
        "- saw: `no message`",
        "- waited: `0.13 s`",
        "- again: `pytest --pyargs gen_tck.conformance.modes.test_x::test_e --node it --no-deviations`",
        "- erlang: `gen-tck replay x.traces/4.jsonl --as erlang`",
        "- look 1: `fail: owner: expected a, saw b (waited 0.20 s)`",
        f"- 1 by `{MODES}`",
        "<details><summary>1 not-run</summary>",
        "- because: `KeyError: 1`",
        "<details><summary>1 deviates</summary>",
    ):
        assert part in text


def test_markdown_is_written_by_the_subject(make_run: MakeRun, command: Command) -> None:
    evil = f"``` {EVIL}\n# owned\n| [x](javascript:alert(1)) `"
    run = make_run(
        (failed(evil), None), (case("deviates", OWNER, name="test_d", message=evil), None), version=evil, stale=[evil]
    )
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(command("report", run, "--markdown").output)
    page = etree.HTML(html)
    assert not page.xpath("//a[@href]")
    allowed = "html body h2 h3 p ul ol li code strong em blockquote details summary table thead tbody tr th td"
    assert {each.tag for each in page.iter()} <= set(allowed.split())
    assert not page.xpath("//h1")


def test_markdown_grows_without_end(make_run: MakeRun, command: Command) -> None:
    run = make_run(*((failed(name=f"test_{number}", seen="x" * 9000), None) for number in range(300)))
    text = command("report", run, "--markdown").output
    assert text.count("### fail") == 40
    assert text.count("**Roots**") == 1
    assert "260 more are not as expected" in text
    assert len(text.encode()) < 2**20


@pytest.mark.parametrize("text", ["a", "`", "a``b", "``", "a|b", "*a*", "<b>"])
def test_code_is_not_what_it_was(text: str) -> None:
    html = MarkdownIt("commonmark").enable("table").render(f"|x|\n|---|\n|{code(text)}|")
    assert etree.HTML(html).xpath("string(//td/code)") == text.replace("|", "¦")


@pytest.mark.parametrize("text", ["a_b_c", "*a*", "[a](b)", "<b>", "`a`", "a|b", "&lt;", r"\*"])
def test_plain_text_is_markdown(text: str) -> None:
    html = MarkdownIt("commonmark").enable("table").render(f"|x|\n|---|\n|{plain(text)}|")
    assert etree.HTML(html).xpath("string(//td)") == text
    assert not etree.HTML(html).xpath("//td/*")


@pytest.mark.parametrize("text", ["a `b` c", "`<b>` <b> *x*", "a ` b", "``a``", "| `|` |"])
def test_prose_is_markdown(text: str) -> None:
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(f"|x|\n|---|\n|{prose(text)}|")
    assert {each.tag for each in etree.HTML(html).xpath("//td//*")} <= {"code"}


@pytest.mark.parametrize("form", ["--html", "--junit", "--markdown", "--earl", "--badge", "--shields"])
def test_form_is_written_halfway(make_run: MakeRun, command: Command, tmp_path: Path, form: str) -> None:
    run = make_run((failed(), exchange(differs=True)))
    printed = command("report", run, form).output
    output = tmp_path / "out"
    assert command("report", run, form, "-o", output).exception is None
    assert output.read_text() == printed
    output.write_text("before")
    run.write_text(run.read_text()[:-40])
    done = command("report", run, form, "-o", output)
    assert isinstance(done.exception, ClickException)
    assert str(run) in done.exception.message
    assert output.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


@pytest.mark.parametrize("form", ["--html", "--junit"])
def test_certify_makes_no_report(command: Command, tmp_path: Path, form: str) -> None:
    done = command("certify", "reference", "--clause", MODES, form, tmp_path / "out")
    assert done.return_value == 0, done.output
    assert MODES.partition("/")[0] in (tmp_path / "out").read_text()
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_certify_finds_out_too_late_that_it_cannot_write(command: Command, tmp_path: Path) -> None:
    done = command("certify", "reference", "--clause", MODES, "--html", tmp_path / "nowhere" / "out")
    assert isinstance(done.exception, ClickException)
    assert "nowhere" in done.exception.message
    assert "CONFORMS" not in done.output
