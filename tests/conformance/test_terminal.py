"""What a run looks like: the table, the failures, the conclusion."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.results import Results, assemble
from gen_tck.conformance.terminal import progress_bar, show_results
from gen_tck.conformance.verdicts import Case
from gen_tck.spec import clauses as spec

BASE = "modes/active-delivers-messages"
OTHER = "ownership/creator-owns-the-socket"


def shown(*cases: Case, complete: bool = True, stale: tuple[str, ...] = ()) -> str:
    """What is printed for a run with these cases."""
    clauses = spec.load()
    capabilities = Capabilities("mine", "1.2", frozenset(["core"]), "real")
    results: Results = assemble(
        cases, clauses, asked="it[x]", capabilities=capabilities, stale=list(stale), complete=complete, seconds=1.26
    )
    file = io.StringIO()
    show_results(Console(file=file, width=100), results, clauses, Path("of today/r 1.json"))
    return file.getvalue()


def test_good_run_is_shown_in_another_way() -> None:
    text = shown(
        Case(id="modes/test_a.py::test_a", clauses=[BASE], verdict="pass"),
        Case(id="modes/test_a.py::test_b", clauses=[BASE], verdict="pass"),
        Case(id="ownership/test_a.py::test_c", clauses=[OTHER], verdict="varies"),
    )
    assert text == (
        "it[x]: mine 1.2, real clock\n"
        "┏━━━━━━━━━━━┳━━━━━━┳━━━━━━━━┳━━━━━━━┓\n"
        "┃ chapter   ┃ pass ┃ varies ┃ cases ┃\n"
        "┡━━━━━━━━━━━╇━━━━━━╇━━━━━━━━╇━━━━━━━┩\n"
        "│ ownership │      │      1 │     1 │\n"
        "│ modes     │    2 │        │     2 │\n"
        "├───────────┼──────┼────────┼───────┤\n"
        "│ all       │    2 │      1 │     3 │\n"
        "└───────────┴──────┴────────┴───────┘\n"
        "it[x]: CONFORMS (3 cases, 2 clauses, 1.3 s)\n"
    )


@pytest.mark.parametrize(
    ("trace", "again"),
    [
        ("r 1.traces/a.jsonl", "gen-tck replay 'of today/r 1.traces/a.jsonl' --as erlang"),
        (None, f"gen-tck certify 'it[x]' --clause {BASE} --results FILE.json"),
    ],
)
def test_failure_is_shown_in_another_way(trace: str | None, again: str) -> None:
    clause = spec.load()[BASE]
    text = shown(
        Case(
            id="modes/test_a.py::test_it[once]",
            clauses=[BASE],
            verdict="fail",
            expected="[{tcp,#Port<1>,<<1>>}]",
            seen="[bold]no message[/bold]",
            where="messages to owner",
            step="owner: inet:setopts(#Port<1>, [{active,once}]) (line 9 of the trace)",
            place="modes/test_a.py:12",
            trace=trace,
        )
    )
    assert (
        f"fail  {BASE} ({clause.level}, {clause.basis})\n"
        f"    {clause.sentence}\n"
        "    test      modes/test_a.py:12 test_it[once]\n"
        "    at        messages to owner\n"
        "    expected  [{tcp,#Port<1>,<<1>>}]\n"
        "    saw       [bold]no message[/bold]\n"
        "    after     owner: inet:setopts(#Port<1>, [{active,once}]) (line 9 of the trace)\n"
        f"    again     {again}\n"
        "\n"
    ) in text
    assert text.endswith("it[x]: DOES NOT CONFORM (1 case, 1 clause, 1.3 s)\n")


def test_last_words_are_left_out() -> None:
    text = shown(Case(id="modes/test_a.py::test_a", clauses=[BASE], verdict="kit-error", message="KeyError: 'x'"))
    assert "kit-error  modes/" in text
    assert "    because   KeyError: 'x'\n" in text
    assert "expected" not in text
    assert "COULD NOT TELL" in text


def test_reasons_are_left_out() -> None:
    upper = next(each for each in spec.load().values() if BASE in each.builds_on)
    text = shown(
        Case(id="modes/test_a.py::test_a", clauses=[BASE], verdict="fail"),
        Case(id="modes/test_a.py::test_b", clauses=[upper.id], verdict="fail"),
        Case(id="modes/test_a.py::test_c[x]", clauses=[OTHER], verdict="deviates", message="it likes to"),
        stale=("x.toml: the deviation is stale",),
    )
    assert f"blocked  {upper.id} (test_b): it builds on {BASE}, which failed\n" in text
    assert f"deviates  {OTHER} (test_c[x]): it likes to\n" in text
    assert "stale  x.toml: the deviation is stale\n" in text


def test_part_of_a_run_looks_whole() -> None:
    text = shown(Case(id="modes/test_a.py::test_a", clauses=[BASE], verdict="pass"), complete=False)
    assert text.endswith("it[x]: COULD NOT TELL (1 case, 1 clause, 1.3 s; the run is not complete)\n")


def test_bar_is_drawn_where_there_is_no_terminal() -> None:
    file = io.StringIO()
    with progress_bar(Console(file=file), "otp") as bar:
        bar.expect(2)
        bar.done("pass")
        bar.done("fail")
    assert file.getvalue() == ""


def test_no_bar_is_drawn_on_a_terminal() -> None:
    file = io.StringIO()
    with progress_bar(Console(file=file, force_terminal=True, width=80), "otp") as bar:
        bar.expect(2)
        bar.done("fail")
        bar.done("pass")
    assert "2/2" in file.getvalue()
    assert "1 not as expected" in file.getvalue()
