"""What holds for every script that can be drawn. Where it does not, Hypothesis says so with a small one."""

from __future__ import annotations

import struct
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gen_tck.adapters.reference import PROFILES, SimulatedNode
from gen_tck.conformance.explorer.encode import Encoder
from gen_tck.conformance.explorer.generate import alphabet, drawn_setting
from gen_tck.conformance.explorer.oracle import Oracle, Told
from gen_tck.conformance.explorer.player import StepByStep
from gen_tck.conformance.explorer.script import PEERS, Call, Exit, Peer, Script, Sleep, Step
from gen_tck.conformance.explorer.text import parse
from gen_tck.spec.terms import Atom, List, Term

short = settings(max_examples=150, derandomize=True, deadline=None, database=None)


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Any setting, and any of its steps in any order."""
    setting = drawn_setting(draw(st.randoms(use_true_random=False)))
    steps = alphabet(setting, PROFILES, setting.stalled and draw(st.booleans())).steps
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
    told = Oracle().tell(*script)
    assert [reports for _, reports in StepByStep(SimulatedNode()).play([told]) if reports] == []


@short
@given(scripts(), st.integers(0, 1 << 20))
def test_encoded_script_is_another(script: Script, number: int) -> None:
    told = Oracle().tell(*script)
    encoder = Encoder()
    for _ in range(2):  # what was encoded once is taken from memory
        data = encoder.batch([(number, told)])
        assert data[0] == 131
        (numbered,), rest = _decoded(data[1:])
        assert rest == b""
        assert numbered[0] == number
        _compare(numbered[1], told)


def _compare(decoded: Any, told: Told) -> None:
    (options, buffer, second, listen), played = decoded
    setting = told.script.setting
    assert options == setting.options()
    assert (buffer > 0, second, listen != Atom("none")) == (
        setting.stalled,
        Atom("true" if setting.second else "false"),
        setting.listening,
    )
    assert tuple([_step(action) for action, _ in played]) == told.script.all_steps
    for index, (_, changes) in enumerate(played):
        wanted = [each for each in changes if each != Atom("settle")]
        assert (len(wanted) < len(changes)) == (index in told.quiet)
        assert sorted(map(str, wanted)) == sorted(str(_plain(each)) for each in told.expected[index])


def _step(action: Any) -> Step:
    match action[0].name, *action[1:]:
        case "call", actor, module, function, args:
            return Call(actor, module.name, function.name, tuple(args))
        case "exit", actor, reason:
            return Exit(actor, reason)
        case "peer", name, what, data:
            return Peer(what.name, data, PEERS.index(name.name))
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


def _decoded(data: bytes) -> tuple[Any, bytes]:
    """The first term of ``data`` in the external term format, and the rest."""
    tag, data = data[:1], data[1:]
    if tag == b"w":
        return Atom(data[1 : 1 + data[0]].decode()), data[1 + data[0] :]
    if tag == b"a":
        return data[0], data[1:]
    if tag == b"b":
        return struct.unpack(">i", data[:4])[0], data[4:]
    if tag == b"m":
        size = struct.unpack(">I", data[:4])[0]
        return data[4 : 4 + size], data[4 + size :]
    if tag == b"j":
        return List(), data
    if tag == b"h":
        elements, data = _several(data[1:], data[0])
        return tuple(elements), data
    assert tag == b"l", tag
    elements, data = _several(data[4:], struct.unpack(">I", data[:4])[0])
    assert data[:1] == b"j"
    return List(elements), data[1:]


def _several(data: bytes, count: int) -> tuple[list[Term], bytes]:
    found: list[Term] = []
    for _ in range(count):
        value, data = _decoded(data)
        found.append(value)
    return found, data
