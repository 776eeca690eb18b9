"""What holds for every script that can be drawn. Where it does not, Hypothesis says so with a small one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.explorer.generate.alphabet import alphabet
from gen_tck.conformance.explorer.generate.generate import drawn_setting
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.play.encode import Encoder, encode
from gen_tck.conformance.explorer.play.player import StepByStep
from gen_tck.conformance.explorer.script.offer import EVERYTHING
from gen_tck.conformance.explorer.script.script import PEERS, Call, Exit, Peer, Script, Sleep, Step
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.spec.terms import Atom, List, Term
from tests.external import decoded
from tests.spec.terms import TERMS

short = settings(max_examples=150, derandomize=True, deadline=None, database=None)


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Any setting, and any of its steps in any order."""
    setting = drawn_setting(draw(st.randoms(use_true_random=False)))
    steps = alphabet(setting, EVERYTHING, setting.stalled and draw(st.booleans())).steps
    kinds: list[list[Step]] = [[each for each in steps if isinstance(each, kind)] for kind in (Peer, Exit, Sleep)]
    for name in ("setopts", "recv"):
        kinds.append([each for each in steps if isinstance(each, Call) and each.function == name])
    some = st.one_of([st.sampled_from(each) for each in (*kinds, steps) if each])
    return Script(setting, tuple(draw(st.lists(some, min_size=1, max_size=12))))


@short
@given(scripts())
def test_text_of_a_script_reads_as_another(script: Script) -> None:
    assert parse(str(script)) == script


@short
@given(scripts())
def test_reference_differs_from_itself(script: Script) -> None:
    prediction = Oracle().predict(*script)
    assert [reports for _, reports in StepByStep(SimulatedNode()).play([prediction]) if reports] == []


@short
@given(scripts(), st.integers(0, 1 << 20))
def test_encoded_script_is_another(script: Script, number: int) -> None:
    prediction = Oracle().predict(*script)
    encoder = Encoder()
    for _ in range(2):  # what was encoded once is taken from memory
        (numbered,) = decoded(encoder.batch([(number, prediction)]))
        assert numbered[0] == number
        _compare(numbered[1], prediction)


@short
@given(TERMS)
def test_encoded_term_is_another(value: Term) -> None:
    found = decoded(b"\x83" + encode(value))
    assert found == value
    assert repr(found) == repr(value)


@pytest.mark.parametrize("value", [Atom("\U0001f600" * 255), tuple(range(300)), 1 << 2100, -(1 << 2100)], ids=range(4))
def test_long_term_is_another(value: Term) -> None:
    assert decoded(b"\x83" + encode(value)) == value


def _compare(played_script: Any, prediction: Prediction) -> None:
    (options, buffer, second, listen), played = played_script
    setting = prediction.script.setting
    assert options == setting.options()
    assert (buffer > 0, second, listen != Atom("none")) == (
        setting.stalled,
        Atom("true" if setting.second else "false"),
        setting.listening,
    )
    assert tuple([_step(action) for action, _ in played]) == prediction.script.all_steps
    for index, (_, changes) in enumerate(played):
        wanted = [each for each in changes if each != Atom("settle")]
        assert (len(wanted) < len(changes)) == (index in prediction.quiet)
        assert sorted(map(str, wanted)) == sorted(str(_plain(each)) for each in prediction.expected[index])


def _step(action: Any) -> Step:
    match action[0].name, *action[1:]:
        case "call", actor, module, function, args:
            return Call(actor, module.name, function.name, tuple(args))
        case "exit", actor, reason:
            return Exit(actor, reason)
        case "peer", name, what, data:
            part = data if isinstance(data, int) else 0
            return Peer(what.name, b"" if part else data, PEERS.index(name.name), part)
        case "sleep", milliseconds:
            return Sleep(milliseconds)
    raise AssertionError(action)


def _plain(change: Any) -> Any:
    """``change`` as a term: words are atoms, and what there may be any number of is a list."""
    kind, where, what = change
    if kind == "mailbox":
        return _atoms((kind, where, List(what)))
    return _atoms((kind, List(where), what) if kind in PEERS else change)


def _atoms(value: Any) -> Any:
    if isinstance(value, (tuple, List)):
        return type(value)([_atoms(each) for each in value])
    return Atom(value) if isinstance(value, str) else value
