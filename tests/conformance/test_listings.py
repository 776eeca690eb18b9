"""What ``gen-tck`` lists: for people and as JSON, in shapes that are documented."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TypeVar, get_args, get_type_hints

import msgspec
import pytest

from gen_tck.conformance.commands import shapes
from gen_tck.spec.calls import CALLS
from gen_tck.spec.clauses import load
from gen_tck.spec.framings import FRAMINGS
from gen_tck.spec.options import OPTIONS, RAW
from gen_tck.spec.profiles import CORE

T = TypeVar("T")
NO_ERLANG = ("--erl", "/no/erl")


def said(*arguments: str) -> str:
    command: list[str | Path] = [Path(sys.executable).with_name("gen-tck"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def listed(shape: type[T], *arguments: str) -> T:
    """What a command prints, which must be of ``shape`` and nothing else."""
    return msgspec.json.decode(said(*arguments, "--json"), type=shape)


def test_node_that_is_missing_looks_ready() -> None:
    found = {each.name: each for each in listed(list[shapes.NodeShape], "nodes", *NO_ERLANG)}
    reference, otp = found["reference"], found["otp"]
    assert (reference.ready, reference.implementation, reference.missing) == (True, "reference", "")
    assert reference.profiles[: len(CORE)] == list(CORE)
    assert (otp.ready, otp.implementation, otp.profiles) == (False, "", [])
    assert "/no/erl" in otp.missing
    assert f"missing: {otp.missing}\n" in said("nodes", *NO_ERLANG)


def test_call_is_not_listed() -> None:
    found = listed(list[shapes.CallShape], "calls")
    assert [each.call for each in found] == list(CALLS)
    assert all(each.helper == CALLS[each.call].is_helper == (each.clause == "") for each in found)
    lines = said("calls").splitlines()
    assert [line.split()[0] for line in lines] == list(CALLS)
    assert "gen_tcp.close/1                essentials       closing/close-answers  " in lines[6]


def test_option_or_framing_is_not_listed() -> None:
    found = listed(shapes.OptionsShape, "options")
    assert [each.name for each in found.options] == [each.name for each in OPTIONS]
    assert [each.name for each in found.framings] == [each.name for each in FRAMINGS]
    by_name = {each.name: each for each in found.options}
    linger = by_name["linger"]
    assert (linger.values, linger.default, linger.exact) == ("{true | false, 0..65535}", None, True)
    assert (by_name["packet"].default, by_name["nodelay"].default) == ("0", "false")
    assert [each.setting for each in found.raw] == [each.written for each in RAW]
    words, framings, raw = said("options").split("\n\n")
    assert [line.partition("  ")[0] for line in raw.splitlines()] == [each.written for each in RAW]
    assert [line.split()[0] for line in words.splitlines()] == [each.name for each in OPTIONS]
    assert len(framings.splitlines()) == len(FRAMINGS)
    assert next(each for each in framings.splitlines() if each.startswith("packet line")).endswith(
        "at the ends of lines"
    )


def test_clause_loses_something_on_its_way() -> None:
    known = load()
    found = listed(list[shapes.ClauseShape], "clauses", "modes/*")
    assert [each.id for each in found] == [each for each in known if each.startswith("modes/")]
    for each in found:
        clause = known[each.id]
        assert (each.text, each.example, tuple(each.builds_on)) == (clause.text, clause.example, clause.builds_on)
        assert bool(each.cases) != bool(each.untested)


def test_second_clause_is_not_shown() -> None:
    wanted = ["modes/active-is-taken", "closing/monitor-of-a-closed-socket", "modes/mode-is-taken"]
    shown = listed(shapes.Shown, "show", *wanted)
    became = "ownership/monitor-of-a-closed-socket-fires-at-once"
    assert [each.id for each in shown.clauses] == [wanted[0], became, wanted[2]]
    heads = [line for line in said("show", *wanted).splitlines() if line in (wanted[0], became, wanted[2])]
    assert heads == [wanted[0], became, wanted[2]]


def test_shown_clause_is_another_than_the_listed_one() -> None:
    (one,) = listed(shapes.Shown, "show", "modes/active-is-taken").clauses
    assert [one] == listed(list[shapes.ClauseShape], "clauses", "modes/active-is-taken")
    assert one.cases
    for case in one.cases:
        assert f"  {case.id}\n" in said("show", one.id)


def test_retired_clause_is_unknown() -> None:
    shown = listed(shapes.Shown, "show", "closing/monitor-of-a-closed-socket")
    assert shown.became.startswith("closing/monitor-of-a-closed-socket is retired, see ")
    assert [each.id for each in shown.clauses] == ["ownership/monitor-of-a-closed-socket-fires-at-once"]


SHAPES = [getattr(shapes, name) for name in shapes.__all__]


@pytest.mark.parametrize("shape", SHAPES)
def test_field_is_not_documented(checkout: Path, shape: type) -> None:
    page = (checkout / "docs/json.md").read_text()
    assert [each for each in get_type_hints(shape) if f"`{each}`" not in page] == []


def test_shape_is_not_tested() -> None:
    inner = {each for shape in SHAPES for hint in get_type_hints(shape).values() for each in get_args(hint)}
    assert {shape for shape in SHAPES if shape in inner} | {
        shapes.NodeShape,
        shapes.CallShape,
        shapes.OptionsShape,
        shapes.ClauseShape,
        shapes.Shown,
    } == {*SHAPES}
