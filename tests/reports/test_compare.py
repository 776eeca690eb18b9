"""Runs side by side: what differs, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click import ClickException, UsageError
from click.testing import Result
from lxml import etree
from markdown_it import MarkdownIt

from gen_tck.spec import clauses

from .conftest import EVIL, MODES, OWNER, MakeRun, case, failed

Command = Callable[..., Result]


def two(make_run: MakeRun) -> tuple[Path, Path]:
    a = make_run((case(), None), (case(clause=OWNER), None), name="a", version="1")
    b = make_run((failed(), None), (case(clause=OWNER), None), name="b", version="2")
    return a, b


def cells(html: str) -> list[list[str]]:
    """The table of a page, row by row, without the sentences."""
    page = etree.HTML(html)
    for each in page.xpath("//th/span[@class='hint']"):
        each.getparent().remove(each)
    return [[" ".join(cell.xpath("string()").split()) for cell in row] for row in page.xpath("//tr")]


def test_difference_is_not_shown(make_run: MakeRun, command: Command) -> None:
    a, b = two(make_run)
    text = command("compare", a, b).output
    assert "1 of 2 clauses differ" in text
    part = clauses.load()[MODES].profile
    assert f"it 1: CONFORMS in 2 clauses of {part} (must 2 of 2)\n" in text
    assert "it 2: DOES NOT CONFORM: 1 root, 1 case fails (must 1 of 2)\n" in text
    assert OWNER not in text
    assert MODES in text
    assert cells(command("compare", a, b, "--html").output) == [["clause", "it 1", "it 2"], [MODES, "pass", "fail"]]
    table = MarkdownIt().enable("table").render(command("compare", a, b, "--markdown").output)
    assert cells(table) == [["clause", "it 1", "it 2"], [MODES, "pass", "fail"]]


def test_all_is_not_all(make_run: MakeRun, command: Command) -> None:
    a, b = two(make_run)
    rows = cells(command("compare", a, b, "--all", "--html").output)
    assert rows[1:] == [[OWNER, "pass", "pass"], [MODES, "pass", "fail"]]
    assert OWNER in command("compare", a, b, "--all").output.replace("\n", "")


def test_clause_that_was_not_run_is_the_same(make_run: MakeRun, command: Command) -> None:
    a = make_run((case(), None), (case(clause=OWNER), None), name="a")
    b = make_run((case(), None), name="b")
    assert cells(command("compare", a, b, "--html").output) == [
        ["clause", "it 1.2 (a)", "it 1.2 (b)"],
        [OWNER, "pass", "not chosen"],
    ]


def test_variants_are_the_same(make_run: MakeRun, command: Command) -> None:
    clause = "ownership/transfer-after-tcp-closed"
    a, b = (
        make_run((case("varies", clause, variants=[each]), None), name=each, version=each)
        for each in ("closed", "moved")
    )
    assert cells(command("compare", a, b, "--html").output)[1] == [clause, "varies closed", "varies moved"]


@pytest.mark.parametrize("verdict", ["not-run", "flaky", "inconclusive", "adapter-error", "kit-error"])
def test_run_that_could_not_tell_differs(make_run: MakeRun, command: Command, verdict: str) -> None:
    a = make_run((case(), None), (case(clause=OWNER), None), name="a", version="1")
    b = make_run((case(verdict), None), (case(clause=OWNER), None), name="b", version="2")
    text = command("compare", a, b).output
    assert "0 of 2 clauses differ; of 1 a run could not tell\n" in text
    assert cells(command("compare", a, b, "--html").output)[1:] == [[MODES, "pass", verdict]]
    c = make_run((failed(), None), (case(clause=OWNER), None), name="c", version="3")
    assert "1 of 2 clauses differ\n" in command("compare", a, b, c).output


def test_results_of_format_1_are_not_compared(make_run: MakeRun, command: Command, checkout: Path) -> None:
    old = checkout / "tests" / "conformance" / "stored" / "results-1.json"
    text = command("compare", old, make_run((case(), None), name="a")).output
    assert "otp 25.2.3: DOES NOT CONFORM: 1 root, 1 case fails, 1 case is blocked (" in text
    assert command("report", old, "--html").exception is None


def test_retired_id_differs_from_what_stands_for_it(make_run: MakeRun, command: Command) -> None:
    old, now = "receiving/length-header-is-added", "sending/packet-header-tells-the-length"
    a = make_run((case(clause=now), None), name="a", version="1")
    b = make_run((case(clause=now), None), name="b", version="2")
    b.write_text(b.read_text().replace(now, old).replace("sending/test_x", "receiving/test_x"))
    assert command("report", b, "--html").exception is None
    assert "0 of 1 clauses differ" in command("compare", a, b).output
    assert cells(command("compare", a, b, "--all", "--html").output)[1:] == [[now, "pass", "pass"]]


def test_runs_of_the_same_name_are_told_apart_by_nothing(make_run: MakeRun, command: Command, tmp_path: Path) -> None:
    path = make_run((case(), None))
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.json").write_bytes(path.read_bytes())
    text = command("compare", "a/x.json", "b/x.json").output
    assert "it 1.2 (a/x.json): CONFORMS" in text
    assert "it 1.2 (b/x.json): CONFORMS" in text
    assert "0 of 1 clauses differ" in text


def test_matrix_is_written_by_the_subject(make_run: MakeRun, command: Command) -> None:
    a, b = make_run((case(), None), name="a", version=EVIL), make_run((failed(), None), name="b", version=EVIL)
    page = etree.HTML(command("compare", a, b, "--html").output)
    assert not page.xpath("//script | //img")
    table = MarkdownIt("commonmark", {"html": True}).enable("table")
    page = etree.HTML(table.render(command("compare", a, b, "--markdown").output))
    assert not page.xpath("//script | //img")


def test_bad_results_are_compared(make_run: MakeRun, command: Command, tmp_path: Path) -> None:
    a, b = two(make_run)
    b.write_text(b.read_text().replace('"format": 2', '"format": 3'))
    output = tmp_path / "out"
    output.write_text("before")
    done = command("compare", a, b, "--html", "-o", output)
    assert isinstance(done.exception, ClickException)
    assert str(b) in done.exception.message
    assert output.read_text() == "before"


@pytest.mark.parametrize("arguments", [("x.json",), ("x.json", "x.json", "-o", "out")])
def test_command_is_taken(command: Command, arguments: tuple[str, ...]) -> None:
    assert isinstance(command("compare", *arguments).exception, UsageError)


def test_what_is_not_claimed_is_taken_for_a_difference(make_run: MakeRun, command: Command) -> None:
    a = make_run((case(), None), (case(clause=OWNER), None), name="a", version="1")
    b = make_run((case("unsupported"), None), (case(clause=OWNER), None), name="b", version="2")
    text = command("compare", a, b).output
    assert "0 of 2 clauses differ; 1 are not claimed by all\n" in text
    assert MODES not in text
    part = clauses.load()[MODES].profile
    assert f"it 2: claimed in part: {part} (1 clause cannot be seen)" in " ".join(text.split())
    assert cells(command("compare", a, b, "--all", "--html").output)[2] == [MODES, "pass", "unsupported"]
    page = command("compare", a, b, "--html").output
    assert f"<li><strong>it 2</strong>: claimed in part: {part} (1 clause cannot be seen)</li>" in page
    assert "<li><strong>it 1</strong>: all is claimed</li>" in page
    markdown = command("compare", a, b, "--markdown").output
    assert "claimed in part" in markdown
    assert "is claimed" not in command("compare", a, a).output
