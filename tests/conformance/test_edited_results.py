"""Results that somebody edited, by hand or at random: refused in one line that says what is wrong, or taken.

Never is a conclusion believed that the cases do not bear out, and never is there a traceback.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.commands import reports as commands
from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.explorer.findings import reading
from gen_tck.conformance.explorer.findings import results as store
from gen_tck.conformance.explorer.findings.results import Asked, Covered, Ended, Found
from gen_tck.conformance.explorer.findings.results import Results as Explored
from gen_tck.conformance.output import documents
from gen_tck.conformance.output.screen import Screen
from gen_tck.conformance.reports import compare as side_by_side
from gen_tck.conformance.reports import exploration_terminal as explorer_terminal
from gen_tck.conformance.reports import explorations
from gen_tck.conformance.reports.source import ReportError, load
from gen_tck.conformance.reports.terminal import show_results
from gen_tck.conformance.results.file import Kit, NodeFacts, ResultsError, assemble, read
from gen_tck.conformance.results.verdicts import Case, Look
from gen_tck.spec import clauses as spec
from gen_tck.spec.profiles import PROFILES

STORED = Path(__file__).with_name("stored")
CLAUSES = spec.load()
BASE = "modes/active-delivers-messages"
UPPER = "modes/active-by-default"
VARYING = next(each for each in CLAUSES.values() if each.basis == "varies")
OTHER = "ownership/creator-owns-the-socket"
JSON = dict[str, Any]


def case(name: str, verdict: str, clause: str = BASE, **fields: Any) -> Case:
    return Case(id=f"modes/test_a.py::{name}", clauses=[clause], verdict=verdict, **fields)  # type: ignore[arg-type]


def results_of(*cases: Case) -> JSON:
    """The results of a whole run, decoded."""
    node = Capabilities("mine", "1.2", frozenset(PROFILES), "virtual", "", details={"release": "25"})
    made = assemble(cases, CLAUSES, asked="it", capabilities=node, stale=[], complete=True, seconds=1.0)
    found: JSON = json.loads(documents.in_json(made))
    return found


FAILED = Look(verdict="fail", expected="a", seen="b", where="owner", place="modes/test_a.py:7", waited=0.2)


def rich() -> JSON:
    """A run with a case of nearly every verdict."""
    return results_of(
        case("test_a", "fail", expected="a", seen="b", where="owner", waited=0.2, looks=[FAILED, FAILED]),
        case("test_b", "flaky", OTHER, message="a race", looks=[FAILED, Look(verdict="pass")]),
        case("test_c", "blocked", UPPER, blocked_by=BASE, own="not-run"),
        case("test_d", "varies", VARYING.id, variants=[VARYING.variants[0]]),
        case("test_e", "deviates", OTHER, expected="a", seen="b", message="so it is"),
        case("test_f", "pass", OTHER, stood_still=1),
    )


def deviating() -> JSON:
    """A node all of whose failures are recorded."""
    return results_of(*(case(f"test_{number}", "deviates", expected="a", seen="b") for number in range(44)))


def refusal(tmp_path: Path, content: JSON | bytes) -> str:
    """Why ``content`` is refused."""
    path = tmp_path / "r.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(ResultsError) as reason:
        read(path)
    assert "\n" not in str(reason.value)
    return str(reason.value).removeprefix(str(path))


@pytest.mark.parametrize("command", [["report", "--markdown"], ["report", "--badge"], ["compare", "r.json"]])
@pytest.mark.parametrize("content", [b"[" * 5000, b"\xff", b'{"format": 2, "cases": []}'])
def test_command_says_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], content: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    told = refusal(tmp_path, content)
    done = CliRunner().invoke(gen_tck, [*command, "r.json"], standalone_mode=False)
    assert isinstance(done.exception, click.ClickException), done.exception
    assert done.exception.format_message() == f"r.json{told}"


# A conclusion that the cases do not bear out


def test_conforming_is_believed_over_44_deviating_cases(tmp_path: Path) -> None:
    told = refusal(tmp_path, deviating() | {"conclusion": "CONFORMS"})
    assert told == ": the conclusion is CONFORMS, but what was seen comes to DEVIATES AS RECORDED"


def test_conclusion_is_believed_where_nothing_is_judged(tmp_path: Path) -> None:
    edited = deviating() | {"conclusion": "CONFORMS", "levels": []}
    assert refusal(tmp_path, edited) == ": levels: these are no levels to judge by: none"
    assert "no levels to judge by: must, most" in refusal(tmp_path, edited | {"levels": ["must", "most"]})


def test_level_of_a_clause_is_believed(tmp_path: Path) -> None:
    edited = deviating()
    for clause in edited["clauses"].values():
        clause["level"] = "mustn't"
    assert 'is of the level "mustn\'t", which there is not' in refusal(tmp_path, edited)


def test_conclusion_is_believed_over_no_case_at_all(tmp_path: Path) -> None:
    told = ": the conclusion is CONFORMS, but what was seen comes to COULD NOT TELL"
    assert refusal(tmp_path, results_of() | {"conclusion": "CONFORMS"}) == told
    older = json.loads((STORED / "results-1.json").read_text())
    assert refusal(tmp_path, older | {"conclusion": "CONFORMS", "cases": [], "clauses": {}}) == told


def test_conclusion_of_older_results_is_believed(tmp_path: Path) -> None:
    edited = json.loads((STORED / "results-1.json").read_text()) | {"conclusion": "CONFORMS"}
    told = ": the conclusion is CONFORMS, but what was seen comes to DOES NOT CONFORM"
    assert refusal(tmp_path, edited) == told


def drop(results: JSON, clause: str) -> None:
    results["clauses"][clause]["tests"].pop()


def number(results: JSON, name: str) -> int:
    return next(at for at, each in enumerate(results["cases"]) if each["id"].endswith(f"::{name}"))


def edit(name: str, **fields: Any) -> Callable[[JSON], None]:
    return lambda results: results["cases"][number(results, name)].update(fields)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda it: drop(it, OTHER), f"the tests of the clause {OTHER} are not the cases that name it"),
        (edit("test_f", clauses=[OTHER, OTHER]), "names a clause twice"),
        (edit("test_c", blocked_by=OTHER), f"is blocked by {OTHER}, which did not fail"),
        (edit("test_c", own=None), "own and blocked_by are said of blocked cases, and of those always"),
        (edit("test_a", looks=[]), None),
        (edit("test_f", looks=[{"verdict": "pass"}, {"verdict": "fail"}]), "is 'pass', which is not what its looks"),
        (edit("test_d", variants=[]), "varies, but names no variant"),
        (edit("test_f", stood_still=-1), "Expected `int` >= 0 - at `$.cases[test_f].stood_still`"),
        (edit("test_f", stood_still=10**30), "at `$.cases[test_f].stood_still`"),
        (edit("test_f", seconds=1e300), "at `$.cases[test_f].seconds`"),
        (
            lambda it: it["clauses"][VARYING.id].update(variant="mine"),
            "has the variant 'mine', which none of",
        ),
        (lambda it: it["roots"][0].update(seen="c"), "the roots are not those of the cases"),
        (lambda it: it["roots"][0].update(level="may"), "the level 'may', its clause is not"),
        (lambda it: it["profiles"]["essentials"].update(claimed="no"), "is not claimed, but its clauses were judged"),
    ],
)
def test_part_that_contradicts_another_is_read(
    tmp_path: Path, change: Callable[[JSON], None], complaint: str | None
) -> None:
    results = rich()
    place = next(number for number, each in enumerate(results["cases"]) if each["id"].endswith("test_f"))
    change(results)
    if complaint is None:
        (tmp_path / "r.json").write_text(json.dumps(results))
        read(tmp_path / "r.json")
    else:
        assert complaint.replace("[test_f]", f"[{place}]") in refusal(tmp_path, results)


def test_run_that_is_not_complete_is_taken_for_a_whole_one(tmp_path: Path) -> None:
    told = refusal(tmp_path, results_of(case("test_a", "not-run", message="it ended")))
    assert told == ": complete: cases[0] (modes/test_a.py::test_a) was not run"


# Explorations


def explored() -> JSON:
    """The results of an exploration that is broken off, decoded."""
    words = dict.fromkeys(("whole", "allowed", "seen"), "x")
    same: JSON = {"parts": ["k"], "count": 2, "number": 3, "script": ["a"], "step": 0, "trace": "x.traces/1", **words}
    found = Explored(
        kit=Kit("gen-tck", "0"),
        node=NodeFacts("it", "mine", "1.2", "real", "", {}),
        exploration=Asked(1, 0, 30_000, 0, 30_000),
        played=[(0, 10), (20, 25_000)],
        scripts=24_990,
        steps=9,
        seconds=1.0,
        interrupted=True,
        given_up="it died",
        node_ended=[Ended("it died", 3, "a")],
        groups=[
            Found(verdict="unexplained", variant="", reason="", clause=BASE, kind="k", **same),
            Found(verdict="varies", variant="v", reason="r", clause=BASE, kind="r", **same),
        ],
        gone_through={"open": ["close"], "close": []},
        coverage=Covered(2, 3, 1, 2, ["reset"], ["open, then open"]),
        unseen=["a: b"],
    )
    made: JSON = json.loads(store.encode(found))
    return made


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"scripts": 1}, ": 1 scripts, but 24990 numbers of scripts that were played"),
        ({"played": [[0, 10], [5, 24_995]]}, ": played: script 5 is in two of them"),
        ({"played": [[10, 0], [0, 25_000]]}, ": played: [10, 0] is no part of what was to be explored, [0, 30000]"),
        ({"played": [[0, 40_000]]}, ": played: [0, 40000] is no part of what was to be explored, [0, 30000]"),
        (
            {"exploration": {"seed": 1, "depth": 0, "scripts": 5, "first": 0, "end": 9}},
            ": exploration: from 0 to before",
        ),
        ({"gone_through": {}}, ": coverage: the transitions and pairs are not as many as"),
        ({"steps": -1}, " holds no results of format 2: Expected `int` >= 0 - at `$.steps`"),
        ({"seconds": "long"}, " holds no results of format 2: Expected `float`, got `str` - at `$.seconds`"),
        ({"groups": [explored()["groups"][0]] * 2}, f": groups[1] ({BASE}: k) is there twice"),
        ({"groups": [explored()["groups"][0] | {"count": 0}]}, f": groups[0] ({BASE}: k) was never seen"),
        ({"groups": [explored()["groups"][0] | {"number": 15}]}, "seen first in script 15, which was not played"),
        ({"groups": [explored()["groups"][0] | {"reason": "so"}]}, "is 'unexplained', with the reason 'so'"),
        ({"groups": [explored()["groups"][1] | {"variant": ""}]}, "is 'varies', with the variant ''"),
        ({"coverage": explored()["coverage"] | {"of_transitions": 2}}, ": coverage: of_transitions is not"),
        ({"coverage": explored()["coverage"] | {"of_pairs": 9}}, ": coverage: of_pairs is not"),
    ],
)
def test_exploration_that_contradicts_itself_is_read(tmp_path: Path, change: JSON, complaint: str) -> None:
    (tmp_path / "e.json").write_text(json.dumps(explored() | change))
    with pytest.raises(ResultsError) as reason:
        reading.read(tmp_path / "e.json")
    assert complaint in str(reason.value).removeprefix(str(tmp_path / "e.json"))


def show_exploration(path: Path) -> None:
    """Read results of an exploration and make every form of them. Raises what the commands raise."""
    found = explorations.load([path], path.parent)
    for form in ("html", "markdown", "json"):
        explorations.make(form, found)
    for each in found:
        explorer_terminal.show(Screen(console=Console(file=io.StringIO())), each)


# Files that are none


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"[" * 100_000, ": it is nested too deeply"),
        (b'{"format": 2, "cases": ' + b"[" * 2000 + b"]" * 2000 + b"}", ": it is nested too deeply"),
        (b'{"a": "\xff"}', ": this is no text in UTF-8: invalid start byte"),
        (b'{"a":\n "\\ud800"}', ": line 2: "),
        (b"\x00\x01", ": line 1: "),
        (b'{"format": 1e999}', ": line 1: "),
        (b"", ": line 1: "),
        (b'{"format": "' + b"x" * 10_000 + b'", "cases": []}', " holds results of format 'xxx"),
    ],
)
def test_file_that_holds_no_results_gives_a_traceback(tmp_path: Path, content: bytes, complaint: str) -> None:
    told = refusal(tmp_path, content)
    assert told.startswith(complaint)
    assert len(told) < 300


def test_details_may_be_anything(tmp_path: Path) -> None:
    results = rich()
    results["node"]["details"] = 5
    assert refusal(tmp_path, results) == (
        " holds no results of format 2: Expected `object`, got `int` - at `$.node.details`"
    )


# At random

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**20, max_value=10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in ``value`` there is something, by keys and numbers."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from places(each, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], by)
    return copy


RICH = rich()
OLDER = json.loads((STORED / "results-1.json").read_text())


def show_everything(path: Path) -> None:
    """Read results and make every form of them. Raises what the commands raise."""
    sources = [load(path, CLAUSES)]
    for form in ("html", "junit", "markdown", "earl", "badge", "shields"):
        commands.make(form, sources).decode()
    found = side_by_side.compare([*sources, *sources], CLAUSES, everything=True)
    side_by_side.as_html(found), side_by_side.as_markdown(found)
    file = io.StringIO()
    side_by_side.show(Screen(console=Console(file=file)), found)
    show_results(Screen(console=Console(file=file)), sources[0].results, CLAUSES)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_results_give_a_traceback(tmp_path: Path, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([RICH, OLDER]))
    place = data.draw(st.sampled_from(list(places(whole))))
    path = tmp_path / "r.json"
    path.write_text(json.dumps(replaced(whole, place, data.draw(VALUES))))
    told = ""
    try:
        show_everything(path)
    except (click.ClickException, ReportError) as reason:
        told = str(reason)
    assert "\n" not in told


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_exploration_gives_a_traceback(tmp_path: Path, data: st.DataObject) -> None:
    whole = explored()
    path = tmp_path / "e.json"
    place = data.draw(st.sampled_from(list(places(whole))))
    path.write_text(json.dumps(replaced(whole, place, data.draw(VALUES))))
    told = ""
    try:
        show_exploration(path)
    except ReportError as reason:
        told = str(reason)
    assert "\n" not in told


def test_results_that_nobody_edited_are_refused(tmp_path: Path) -> None:
    for number, content in enumerate((RICH, OLDER, deviating(), results_of())):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(content))
        show_everything(path)
    (tmp_path / "e.json").write_text(json.dumps(explored()))
    show_exploration(tmp_path / "e.json")
