"""Whatever a node, a trace or results say: terminals, logs and readers of reports are shown it, and obey nothing."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from click.testing import CliRunner
from lxml import etree
from markdown_it import MarkdownIt
from rich.console import Console

from gen_tck.adapters.interface import Capabilities, NodeUnavailable
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.commands import reports as commands
from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.commands.errors import Failed, say_error
from gen_tck.conformance.explorer.findings.looked import Looked, Verdict
from gen_tck.conformance.explorer.findings.results import Asked, Covered, Ended, Found
from gen_tck.conformance.explorer.findings.results import Results as Explored
from gen_tck.conformance.output import documents
from gen_tck.conformance.output.screen import Screen
from gen_tck.conformance.reports import compare as side_by_side
from gen_tck.conformance.reports import exploration_terminal as explorer_terminal
from gen_tck.conformance.reports import explorations
from gen_tck.conformance.reports.markdown import plain
from gen_tck.conformance.reports.source import Source
from gen_tck.conformance.reports.terminal import show_results
from gen_tck.conformance.results.file import Kit, NodeFacts, Results, assemble, read
from gen_tck.conformance.results.verdicts import Case, Look
from gen_tck.spec import clauses as spec
from gen_tck.spec.profiles import PROFILES

if TYPE_CHECKING:
    from tests.conformance.conftest import Kit as TestKit

HOSTILE = (
    "\n::error::owned\r\n  ::set-output name=a::b\n##[add-mask]x ##vso[task]x ##teamcity[x]\x1b]0;title\x07\x1b[2J"
    "\x00\x7f\x9b2J\x85\u2028\u202eolleh\u2066\u200b\ufeff\ufffe\ud800\U000e0041\n# owned\n<script>owned()</script>"
    "[bold red]x[/] [/] [link=https://owned.example]x[/link] :smile: [x](https://owned.example) ![x](x) "
    "https://owned.example www.owned.example `code` ``` | *x* _x_ ~~x~~ &lt; ]]> -->"
)
"""Something for everybody who might obey it."""
CLAUSES = spec.load()
BASE = "modes/active-delivers-messages"
OTHER = "ownership/creator-owns-the-socket"


def run(said: str = HOSTILE) -> Results:
    """The results of a run in which everything that comes from outside is ``said``."""
    words: dict[str, Any] = dict.fromkeys(("expected", "seen", "where", "step", "message", "place", "title"), said)
    look = Look(verdict="fail", expected=said, seen=said, where=said, message=said, place=said)
    cases = [
        Case(id=f"modes/test_a.py::test_{number}[{said}]", clauses=[clause], verdict=verdict, **words, **more)  # type: ignore[arg-type]
        for number, (verdict, clause, more) in enumerate(
            [
                ("fail", BASE, {"looks": [look, look], "waited": 0.2}),
                ("blocked", "modes/active-by-default", {"blocked_by": BASE, "own": "not-run"}),
                ("flaky", OTHER, {"looks": [look, Look(verdict="pass", message=said)]}),
                ("deviates", OTHER, {}),
                ("kit-error", OTHER, {}),
                ("not-run", OTHER, {}),
                ("unsupported", OTHER, {}),
                ("varies", OTHER, {"variants": [said]}),
            ]
        )
    ]
    node = Capabilities(said, said, frozenset(PROFILES), "real", f"https://x/{said}", details={said: said, "a": said})
    found = assemble(cases, CLAUSES, asked=said, capabilities=node, stale=[said], complete=False, seconds=1.0)
    found.kit.version = found.run.command = found.run.host = found.run.system = found.run.date = said
    return found


def check(text: str) -> None:
    """Nothing in ``text`` is anything to obey for a terminal, nor for a service that runs jobs."""
    assert "owned" in text
    assert [each for line in text.split("\n") for each in line.replace("\t", "") if not each.isprintable()] == []
    assert [line for line in text.split("\n") if line.lstrip().startswith("::")] == []
    assert re.findall(r"##\w*\[", text) == []
    assert text.encode().decode() == text


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """These results in a file, written and read as all are."""
    (tmp_path / "r.json").write_bytes(documents.in_json(run()))
    return tmp_path / "r.json"


# What is printed


def printed(show: Callable[[Screen], object], *, tty: bool) -> str:
    file = io.StringIO()
    system = {"force_terminal": True, "color_system": "standard"} if tty else {}
    show(Screen(console=Console(file=file, width=100, **system)))  # type: ignore[arg-type]
    # Colours are ours; nothing else of what a terminal obeys is.
    return re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue()) if tty else file.getvalue()


@pytest.mark.parametrize("tty", [False, True])
def test_table_obeys_the_node(tty: bool) -> None:
    text = printed(lambda screen: show_results(screen, run(), CLAUSES, Path(f"x{HOSTILE}")), tty=tty)
    check(text)
    for word in ("[bold red]x[/] [/]", ":smile:", "[link=https://owned.example]"):
        assert word in text.replace("\n", "")


@pytest.mark.parametrize("tty", [False, True])
def test_comparison_obeys_the_node(tty: bool, tmp_path: Path) -> None:
    sources = [Source(tmp_path / each, run(), CLAUSES) for each in ("a", "b")]
    sources[1].results.clauses[BASE].verdict = "pass"
    check(printed(lambda screen: side_by_side.show(screen, side_by_side.compare(sources, CLAUSES)), tty=tty))


def explored(said: str = HOSTILE) -> Explored:
    """The results of an exploration in which everything that comes from outside is ``said``."""
    words = dict.fromkeys(("clause", "kind", "whole", "allowed", "seen"), said)
    group = Found(
        verdict="unexplained",
        variant="",
        reason="",
        parts=[said],
        count=1,
        number=0,
        script=[said],
        step=0,
        trace=said,
        **words,
    )
    varying = Found(
        verdict="varies", variant=said, reason=said, parts=[], count=1, number=0, script=[], step=0, **words
    )
    node = Capabilities(said, said, frozenset(), "real", said)
    return Explored(
        kit=Kit("gen-tck", said),
        node=NodeFacts.of(said, node),
        exploration=Asked(1, 0, 30_000, 0, 30_000),
        played=[(0, 20_000)],
        scripts=20_000,
        seconds=1.0,
        interrupted=True,
        given_up=said,
        node_ended=[Ended(said), Ended(said, None, said), Ended(said, 3, said)],
        groups=[group, varying],
        coverage=Covered(0, 1, 0, 1, [said], [said]),
        unseen=[said],
        given=[given(verdict, said) for verdict in get_args(Verdict)],
    )


def given(verdict: Any, said: str) -> Looked:
    """What a given script showed, in words of the node's."""
    names = ("name", "clause", "departure", "reason", "variant", "script", "words", "sometimes", "trace")
    words: dict[str, Any] = dict.fromkeys(names, said)
    return Looked(verdict=verdict, clauses=[said], **words)


@pytest.mark.parametrize("tty", [False, True])
def test_exploration_obeys_the_node(tty: bool) -> None:
    check(printed(lambda screen: explorer_terminal.show(screen, explored()), tty=tty))


@pytest.mark.parametrize("verdict", ["seen", "not seen", "differs"])
def test_settled_difference_obeys_the_node(verdict: Any) -> None:
    check(printed(lambda screen: explorer_terminal.show_looked(screen, given(verdict, HOSTILE)), tty=False))


# Documents


@pytest.mark.parametrize("form", ["html", "junit", "markdown", "earl"])
def test_report_obeys_the_node(form: str, kept: Path) -> None:
    source = Source(kept, read(kept), CLAUSES)
    document = commands.make(form, [source])
    check(document.decode())
    if form == "earl":
        json.loads(document)
    if form == "junit":
        etree.fromstring(document)
    if form == "html":
        assert not etree.HTML(document).xpath("//script[not(@id) and contains(., 'owned()')]")


@pytest.mark.parametrize("form", ["badge", "shields"])
def test_badge_obeys_results(form: str) -> None:
    found = assemble(
        [Case(id="a::b", clauses=[BASE], verdict="pass")],
        CLAUSES,
        asked="it",
        capabilities=Capabilities("it", "1", frozenset(PROFILES), "real"),
        stale=[],
        complete=True,
        seconds=1.0,
    )
    found.profiles = {HOSTILE: found.profiles[CLAUSES[BASE].profile]}
    document = commands.make(form, [Source(Path("x"), found, CLAUSES)])
    check(document.decode())
    assert (json.loads if form == "shields" else etree.fromstring)(document) is not None


def test_markdown_obeys_the_node(kept: Path) -> None:
    source = Source(kept, read(kept), CLAUSES)
    both = side_by_side.compare([source, source], CLAUSES, everything=True)
    made = [
        commands.make("markdown", [source]).decode(),
        side_by_side.as_markdown(both),
        explorations.markdown([explored()]),
    ]
    for text in made:
        page = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(documents.in_text(text).decode())
        assert not etree.HTML(page).xpath("//a | //img | //script | //h1 | //s | //td//em")
    # GitHub makes links of addresses as well, unless they are code.
    assert re.findall(r"www\.|(?<!\\)://", plain(HOSTILE)) == []


@pytest.mark.parametrize("text", ["- a", "+ a", "1. a", "12) a", "===", "---", "# a", "> a", "    a", "``` a", "* a"])
def test_words_become_more_than_a_paragraph(text: str) -> None:
    assert re.findall(r"<\w+>", MarkdownIt("commonmark").render(f"{plain(text)}\n")) == ["<p>"]


@pytest.mark.parametrize("form", ["html", "markdown", "json"])
def test_report_of_an_exploration_obeys_the_node(form: str) -> None:
    check(explorations.make(form, [explored()]).decode())


def test_results_obey_the_node(kept: Path) -> None:
    text = kept.read_text()
    check(text)
    assert read(kept).node.details["a"].startswith("\n::error::owned")


# Errors


def test_error_obeys_the_node(capsys: pytest.CaptureFixture[str]) -> None:
    say_error(Failed(HOSTILE, HOSTILE))
    text = capsys.readouterr().err
    check(text)
    assert text.count("\n") == 2


def test_name_of_a_node_is_obeyed() -> None:
    told = CliRunner().invoke(gen_tck, ["certify", HOSTILE.replace("\0", "")], standalone_mode=False).exception
    assert isinstance(told, Failed)
    assert "\n" not in told.format_message()


def test_last_words_of_a_node_are_obeyed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def start() -> None:
        raise NodeUnavailable(f"it ended, its last words: {HOSTILE}")

    entry = Entry("sick", HOSTILE, start, Path("none"))  # type: ignore[arg-type]
    monkeypatch.setattr("gen_tck.adapters.registry.known_nodes", lambda **_: [entry])
    monkeypatch.setattr("gen_tck.conformance.run.session.find", lambda *_, **__: entry)
    for arguments in (["nodes"], ["certify", "sick"]):
        done = CliRunner().invoke(gen_tck, arguments, standalone_mode=False)
        check(done.output + (getattr(done, "stderr", "") or ""))


# pytest


class Hostile(SimulatedNode):
    """The reference, with other words."""

    def __init__(self) -> None:
        super().__init__()
        known = {"name": HOSTILE, "version": HOSTILE, "details": {HOSTILE: HOSTILE}}
        self.capabilities = Capabilities(**{**vars(self.capabilities), **known})


SAYING = f"""
HOSTILE = {HOSTILE!r}

@clause("modes/base")
def test_differs(scenario):
    print(HOSTILE)
    expect(HOSTILE, ok(1))

@clause("modes/base")
def test_breaks(scenario):
    raise KeyError(HOSTILE)

@clause("ownership/mine")
def test_unclear(scenario):
    raise Inconclusive(HOSTILE)

@clause("modes/counting")
def test_fails(scenario):
    from gen_tck.adapters.interface import CallFailed
    raise CallFailed(HOSTILE)

@clause("modes/either")
def test_dies(scenario):
    from gen_tck.adapters.interface import NodeDied
    raise NodeDied(HOSTILE)
"""


@pytest.mark.parametrize("style", ["auto", "native", "line"])
def test_pytest_obeys_the_node(kit: TestKit, style: str) -> None:
    kit.write(test_it=SAYING)
    result = kit.run("-ra", f"--tb={style}", node=Hostile)
    check("\n".join([*result.outlines, *result.errlines]))
    check((kit.pytester.path / "results.json").read_text())


def test_pytest_obeys_the_last_words_of_a_node(kit: TestKit) -> None:
    def start() -> SimulatedNode:
        raise NodeUnavailable(HOSTILE)

    kit.write(test_it=SAYING)
    result = kit.run(node=start)
    check("\n".join([*result.outlines, *result.errlines]))


def test_option_is_obeyed(kit: TestKit) -> None:
    kit.write(test_it=SAYING)
    result = kit.run(f"--level={HOSTILE}")
    check("\n".join([*result.outlines, *result.errlines]))
