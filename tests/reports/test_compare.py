"""Runs side by side: what differs, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click import ClickException, UsageError
from click.testing import Result
from lxml import etree
from markdown_it import MarkdownIt

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
    assert "it 1: CONFORMS (2 of 2 clauses hold)" in text
    assert "it 2: DOES NOT CONFORM (1 of 2 clauses hold)" in text
    assert OWNER not in text
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
        [OWNER, "pass", "not run"],
    ]


def test_variants_are_the_same(make_run: MakeRun, command: Command) -> None:
    clause = "ownership/transfer-after-tcp-closed"
    a, b = (
        make_run((case("varies", clause, variants=[each]), None), name=each, version=each)
        for each in ("closed", "moved")
    )
    assert cells(command("compare", a, b, "--html").output)[1] == [clause, "varies closed", "varies moved"]


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
    b.write_text(b.read_text().replace('"format": 1', '"format": 2'))
    output = tmp_path / "out"
    output.write_text("before")
    done = command("compare", a, b, "--html", "-o", output)
    assert isinstance(done.exception, ClickException)
    assert str(b) in done.exception.message
    assert output.read_text() == "before"


@pytest.mark.parametrize("arguments", [("x.json",), ("x.json", "x.json", "-o", "out")])
def test_command_is_taken(command: Command, arguments: tuple[str, ...]) -> None:
    assert isinstance(command("compare", *arguments).exception, UsageError)
