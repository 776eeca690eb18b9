"""Whatever well-formed script calls the catalogue with whatever terms: it is played, or refused in one line."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gen_tck.adapters import registry
from gen_tck.adapters.interface import Node
from gen_tck.adapters.reference import LoopbackNode, SimulatedNode
from gen_tck.conformance.explorer.findings import user_scripts as given_scripts
from gen_tck.conformance.explorer.findings.playing import CannotExplore
from gen_tck.conformance.explorer.findings.recorded import judge_trace
from gen_tck.conformance.explorer.findings.user_scripts import look_at_script, read_script
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.play.encode import Encoder
from gen_tck.conformance.explorer.script.script import (
    BULK,
    LISTENER,
    NAMES,
    SECOND,
    SOCKET,
    Call,
    Exit,
    Peer,
    Script,
    Setting,
    Step,
)
from gen_tck.conformance.output.targets import Target
from gen_tck.conformance.traces import file as traces
from gen_tck.conformance.traces.erlang_export import erlang_module
from gen_tck.spec.calls import CALLS, INCOMPARABLE
from gen_tck.spec.options import OPTIONS
from gen_tck.spec.terms import Atom, Improper, List, Map, Term
from tests.explorer.conftest import EndIsNotTold, OnceStaysArmed
from tests.spec.terms import LEAVES

SETTINGS = [
    Setting(active=active, packet=packet, second=True, listening=True)
    for active, packet in ((Atom("false"), 0), (Atom("true"), 0), (Atom("once"), 4))
]
SOCKETS = st.sampled_from([SOCKET, SOCKET, SECOND, LISTENER])
THEIRS = st.sampled_from([*NAMES[:3], BULK, Atom("my_own")])
_WORDS = """
    active true false once binary list packet raw line infinity normal kill process port connected links name trap_exit
    undefined busy_port nosuspend force write header close command connect inet_async timeout
"""
WORDS = st.sampled_from([Atom(each) for each in _WORDS.split()])
NUMBERS = st.one_of(st.integers(-2, 20), st.sampled_from([250, 65535, 65536, 70_000, (1 << 31) - 1, 1 << 31, 1 << 64]))
FEW = st.one_of(SOCKETS, THEIRS, WORDS, NUMBERS, LEAVES)


def _held(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    several = st.lists(inner, max_size=3)
    return st.one_of(
        several.map(List),
        several.map(tuple),
        st.tuples(inner, WORDS).map(lambda both: Improper((both[0],), both[1])),
        st.dictionaries(WORDS, inner, max_size=2).map(Map),
    )


ANY = st.recursive(FEW, _held, max_leaves=6)
ADDRESS = st.just((127, 0, 0, 1))
VALUES = st.one_of(NUMBERS, WORDS, st.tuples(WORDS, NUMBERS), ADDRESS, ANY)
OPTION = st.tuples(st.sampled_from([Atom(each.name) for each in OPTIONS]), VALUES)
SOME_OPTIONS = st.lists(OPTION, max_size=2).map(List)
WHERE = SOME_OPTIONS.map(lambda options: List([*options, (Atom("ip"), (127, 0, 0, 1))]))
ASKED = st.lists(st.one_of(st.sampled_from([Atom(each.name) for each in OPTIONS]), ANY), max_size=3).map(List)
COMMAND = st.tuples(THEIRS, st.one_of(st.just(Atom("close")), st.tuples(WORDS, ANY)))
ARGUMENT = st.one_of(ANY, SOCKETS, THEIRS, WORDS, NUMBERS, COMMAND)
LIKELY: dict[str, tuple[st.SearchStrategy[Term], ...]] = {
    "gen_tcp.connect": (ADDRESS, NUMBERS, SOME_OPTIONS, NUMBERS),
    "gen_tcp.listen": (NUMBERS, WHERE),
    "inet.setopts": (SOCKETS, SOME_OPTIONS),
    "inet.getopts": (SOCKETS, ASKED),
    "erlang.monitor": (WORDS, SOCKETS),
    "erlang.send": (THEIRS, ANY),
}
"""What gets such a call further than anything would; others are made on a socket."""


@st.composite
def calls(draw: st.DrawFn) -> Call:
    call = CALLS[draw(st.sampled_from(sorted(set(CALLS) - INCOMPARABLE)))]
    likely = (*LIKELY.get(f"{call.module}.{call.name}", (SOCKETS,)), *[ARGUMENT] * call.arity)[: call.arity]
    args = [draw(each if draw(st.integers(0, 4)) else ARGUMENT) for each in likely]
    return Call(draw(st.integers(0, 2)), call.module, call.name, tuple(args))


STEPS: st.SearchStrategy[Step] = st.one_of(
    *[calls()] * 4,
    st.sampled_from([Peer("send", b"abc\n"), Peer("fin"), Peer("send", b"x" * 300, 1)]),
    st.builds(Exit, st.integers(0, 2), WORDS),
)
SCRIPTS = st.builds(Script, st.sampled_from(SETTINGS), st.lists(STEPS, min_size=1, max_size=6).map(tuple))


def _played(script: Script, kept: Path) -> None:
    """Do with ``script`` all that is done with one from a file."""
    read = read_script(str(script))
    assert read == script
    look_at_script("reference", "erl", (), read, lambda *_: None, Target(kept))
    Encoder().batch([(0, Oracle().predict(*read))])
    trace = traces.read(kept)
    assert trace.case is not None
    assert judge_trace(trace).verdict == trace.case["verdict"]
    assert "-module(" in erlang_module(trace, {})


NODES: dict[str, tuple[Callable[[], Node], int]] = {
    "reference": (SimulatedNode, 100),
    "end is not told": (lambda: SimulatedNode(EndIsNotTold), 40),
    "once stays armed": (lambda: SimulatedNode(OnceStaysArmed), 40),
    "loopback": (LoopbackNode, 20),
}
"""Each with a number of scripts to play on it."""


@pytest.fixture(autouse=True)
def nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading what is takes long."""
    monkeypatch.setattr(given_scripts, "all_known_of", lambda *_: [])


@pytest.mark.parametrize("name", NODES)
def test_script_of_any_terms_ends_in_a_traceback(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    node, examples = NODES[name]
    monkeypatch.setattr(registry, "_open_reference", node)

    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]

    @settings(max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=slow)
    @given(SCRIPTS)
    def hold(script: Script) -> None:
        with tempfile.TemporaryDirectory() as folder:
            try:
                _played(script, Path(folder) / "trace")
            except CannotExplore as reason:
                refused = str(reason)
                assert refused.isprintable()

    hold()


FIRST = "connect with [binary,{active,false}]"
UNKNOWN = "the reference does not say what "


@pytest.mark.parametrize("node", ["reference", "reference-loopback"])
@pytest.mark.parametrize(
    ("steps", "refusal"),
    [
        (["owner: inet:getopts('$socket', active)"], ""),
        (["owner: inet:getopts('$socket', {active})"], ""),
        (["owner: inet:setopts('$socket', [{packet,1.0}])"], ""),
        (["owner: gen_tcp:recv('$socket', 2147483648, 0)"], ""),
        (["owner: erlang:send('$owner', 18446744073709551616)"], ""),
        (["owner: erlang:send('$owner', #{'$socket' => [1.5|'$other']})"], ""),
        (["owner: erlang:send('$owner', {})", "owner: gen_tcp:recv('$socket', 0, 250)"], ""),
        (["owner: inet:setopts('$socket', [{header,2},{active,once}])", 'peer: send <<"abc">>'], ""),
        (
            [
                "owner: inet:setopts('$socket', [{header,2}])",
                'peer: send <<"abc">>',
                "owner: gen_tcp:recv('$socket', 0)",
            ],
            "",
        ),
        (["owner: gen_tcp:connect({127,0,0,1}, 65536, [])"], ""),
        (["owner: gen_tcp:connect({127,0,0,1}, -1, [])"], ""),
        (["owner: gen_tcp:listen(65536, [{ip,{127,0,0,1}}])"], ""),
        (["owner: inet:setopts('$socket', [{line_delimiter,300}])"], f"{UNKNOWN}inet.setopts/2 does: a delimiter"),
        (["owner: inet:setopts('$socket', [{linger,{true,-1}}])"], f"{UNKNOWN}inet.setopts/2 does: lingering"),
        (
            ["owner: inet:setopts('$socket', [{priority,1000}])"],
            "line 2, column 8: inet:setopts/2, argument 2: {priority,1000} is no option of the catalogue",
        ),
        (["owner: inet:info('$socket')"], "line 2, column 8: what inet:info answers is another on every node"),
        (["owner: prim_inet:find('$socket')"], "line 2, column 8: prim_inet:find/1 is no call of the catalogue"),
    ],
)
def test_odd_call_ends_in_a_traceback(steps: list[str], refusal: str, node: str) -> None:
    text = "\n".join([FIRST, *steps])
    if not refusal:
        assert look_at_script(node, "erl", (), read_script(text), lambda *_: None, None).shown.finding is None
        return
    with pytest.raises(CannotExplore) as raised:
        look_at_script(node, "erl", (), read_script(text), lambda *_: None, None)
    assert str(raised.value).startswith(refusal)
