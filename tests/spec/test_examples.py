"""The examples of the clauses: each runs on OTP and comes to its end, and a wrong one is found out."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib import resources
from pathlib import Path

import pytest

from gen_tck.conformance.results import deviations
from gen_tck.conformance.run.collection import FOLDER
from gen_tck.spec.clause import Clause
from gen_tck.spec.clauses import load

pytestmark = pytest.mark.vm

Run = Callable[[str, Iterable[Clause]], "dict[str, str]"]

MOST_LINES = 12
"""An example shows one thing; what takes more lines belongs into a test."""


def release_of(erl: str) -> str:
    """The release of the machine's own ``erl``."""
    program = "io:put_chars(erlang:system_info(otp_release)), halt()."
    return subprocess.run([erl, "-noinput", "-eval", program], capture_output=True, text=True, check=True).stdout


def failures(run_examples: Run, erl: str, release: str) -> list[str]:
    """What went wrong with the examples of those clauses that this release of OTP keeps, a line each."""
    clauses = load()
    tests = deviations.names_of_tests(FOLDER)
    file = Path(str(resources.files("gen_tck.adapters.beam").joinpath("otp.deviations.toml")))
    known = deviations.for_release(file, deviations.load(file, clauses, tests), release)
    broken = {each.clause for each in known.entries}
    seen = run_examples(erl, [each for each in clauses.values() if each.id not in broken])
    return [f"{name}: {what}" for name, what in seen.items() if what]


def test_example_does_not_show_its_clause(run_examples: Run, erl: str) -> None:
    assert failures(run_examples, erl, release_of(erl)) == []


@pytest.mark.parametrize("release", ["27", "29"])
def test_example_does_not_show_its_clause_on_another_release(run_examples: Run, checkout: Path, release: str) -> None:
    tool = [sys.executable, str(checkout / "tools/otp-releases"), "--erl", release]
    answer = subprocess.run(tool, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        pytest.skip(answer.stderr.strip())
    assert failures(run_examples, answer.stdout.strip(), release) == []


def test_example_is_no_example() -> None:
    for each in load().values():
        lines = each.example.splitlines()
        assert len(lines) <= MOST_LINES, f"{each.id}: the example is too long"
        # Without a match nothing is asserted; without one of these nothing is done with a socket.
        assert not lines or re.search(r" = |receive", each.example), f"{each.id}: the example asserts nothing"
        assert all(len(line) <= 100 for line in lines), f"{each.id}: a line of the example is too long"


@pytest.fixture
def seen(run_examples: Run, erl: str, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Run examples that are given by their slugs; what went wrong with each, as ``:LINE: ...`` of the example."""

    def run(**examples: str) -> dict[str, str]:
        text = ""
        for slug, example in examples.items():
            text += f":::{{clause}} {slug}\n:level: must\n:profile: essentials\n:basis: observed\n:source: none\n\n"
            text += f"It does.\n\n*Intent:* none.\n\n```erlang\n{example}\n```\n:::\n\n"
        (tmp_path / "modes.md").write_text(text)
        clauses = load(tmp_path)
        told = {}
        for name, what in run_examples(erl, clauses.values()).items():
            place, _, rest = what.removeprefix("spec/chapters/modes.md:").partition(": ")
            told[clauses[name].slug] = f"{int(place) - clauses[name].example_line + 1}: {rest}" if what else ""
        return told

    return run


def test_wrong_example_goes_unnoticed(seen: Callable[..., dict[str, str]]) -> None:
    """Each kind of failure is told with its line in the chapter, and leaves the others alone."""
    found = seen(
        right="{S, Peer} = connect([]),\nok = gen_tcp:send(Peer, <<1>>),\n{ok, <<1>>} = gen_tcp:recv(S, 0).",
        mismatch="{S, _} = connect([]),\n{ok, _} = gen_tcp:recv(S, 0, 1).",
        syntax="{S, _} = connect([]),\nok = ) S.",
        unbound="{_, Peer} = connect([]),\nok = gen_tcp:send(S, Peer).",
        unused="{S, Peer} = connect([]),\nok = gen_tcp:send(S, <<1>>).",
        unknown="{S, _} = connet([]),\nok = gen_tcp:close(S).",
        killed="true = exit(self(), kill),\nok = nothing().",
        surplus="self() ! hello,\nok = nothing().",
        unblocked="P = start(fun() -> ok end),\nok = blocks(P).",
        lost="{S, Peer} = connect([{active, once}]),\nok = gen_tcp:send(Peer, <<1>>),\n{tcp, S, <<2>>} = next().",
    )
    assert found.pop("right") == ""
    assert found.pop("mismatch") == "2: {error,{badmatch,{error,timeout}}}"
    assert found.pop("syntax") == "2: syntax error before: ')'"
    assert found.pop("unbound") == "2: variable 'S' is unbound"
    assert found.pop("unused") == "1: variable 'Peer' is unused"
    assert found.pop("unknown") == "1: function connet/1 undefined"
    assert found.pop("killed") == "1: {ended_by,killed}"
    assert found.pop("surplus") == "2: {error,{unexpected,hello}}"
    assert found.pop("unblocked").startswith("2: {error,{does_not_block,")
    assert found.pop("lost").startswith("3: {error,{badmatch,{tcp,#Port<")
    assert not found
