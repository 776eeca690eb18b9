"""A stalled peer reads a part of what waits, and is stalled again: queues drain in parts."""

from __future__ import annotations

import shutil

import pytest

from gen_tck.adapters import registry
from gen_tck.adapters.interface import Node
from gen_tck.adapters.reference import LoopbackNode, SimulatedNode
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.generate.parts import PORT_COMMAND, is_certain
from gen_tck.conformance.explorer.oracle.admits import Admitted, admits
from gen_tck.conformance.explorer.oracle.models import oracle_of
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.play.player import player
from gen_tck.conformance.explorer.script.offer import EVERYTHING
from gen_tck.conformance.explorer.script.runner import play
from gen_tck.conformance.explorer.script.script import GREAT_LOT, OWNER, Peer, Script
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.conformance.explorer.script.trace import Look, ScriptTrace
from gen_tck.spec.observed import releases
from gen_tck.spec.terms import Atom

STALLED = "connect with [binary,{active,false},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing"
DRAINS = f"""
{STALLED}
owner: gen_tcp:send('$socket', <<"xyz">>)
peer: read 2
owner: gen_tcp:send('$socket', '$bulk')
other: gen_tcp:send('$socket', '$bulk')
peer: read 2
peer: read 131072
peer: read 131072
trapper: gen_tcp:send('$socket', <<"abc">>)
peer: read
"""
READ = [
    (b"xy", "open"),
    (b"z\0", "open"),
    (("zeros", 1), "open"),
    (("zeros", "some"), "open"),
    (b"a", "open"),
    (b"bc", "open"),
]
"""What the peer reads of it, in all."""


def _read(trace: ScriptTrace) -> list[tuple[object, object]]:
    found: list[tuple[object, object]] = []
    for change in [each for look in trace.looks if look is not None for each in look.changes]:
        if change[0] == "peer" and isinstance(change[1], tuple):
            found += [(piece, change[2]) for piece in change[1]]
    return found


@pytest.mark.parametrize("make", [SimulatedNode, LoopbackNode])
def test_stalled_peer_reads_more_than_it_is_to(make: type[Node]) -> None:
    script = parse(DRAINS)
    expected = Oracle().predict(*script).expected
    node = make()
    try:
        trace = play(node, script, expected, node.capabilities.clock == "real")
    finally:
        node.close()
    assert _read(trace) == READ
    assert tuple([each.changes for each in trace.looks if each is not None]) == expected


@pytest.mark.vm
@pytest.mark.skipif(shutil.which("erl") is None, reason="no Erlang here")
@pytest.mark.parametrize("name", ["otp", "otp-socket"])
def test_stalled_peer_of_a_vm_reads_more_than_it_is_to(name: str) -> None:
    node = registry.find(name).open()
    try:
        prediction = Oracle().predict(*parse(DRAINS))
        ((_, (report,)),) = player(node, 1).play([prediction], record=True)
    finally:
        node.close()
    assert report.trace is not None
    assert _read(report.trace) == READ


def test_parts_are_drawn_whose_rest_is_the_kernels_business() -> None:
    great, without = 0, EVERYTHING - {PORT_COMMAND}
    generator, other = Generator(5), Generator(5, without)
    for number in range(4000):
        setting, steps = generator.random(number)
        great += any(isinstance(each, Peer) and each.part >= GREAT_LOT for each in steps)
        assert is_certain(Script(setting, tuple(steps)), EVERYTHING)
        setting, steps = other.random(number)
        assert is_certain(Script(setting, tuple(steps)), without)
    assert great > 20


@pytest.mark.parametrize(
    "step",
    [
        "other gets exit signal kill",
        "other: erlang:exit(normal)",
        "other: gen_tcp:recv('$socket', 0, 250)",
        "other: inet:setopts('$socket', [{delay_send,true}])",
    ],
)
def test_rest_is_certain_where_a_send_may_be_broken_off(step: str) -> None:
    script = parse(f"{STALLED}\nother: gen_tcp:send('$socket', '$bulk')\n{step}\npeer: read 131072")
    assert not is_certain(script, EVERYTHING - {PORT_COMMAND})
    assert is_certain(script, EVERYTHING) == ("delay_send" not in step)
    small = parse(f"{STALLED}\nother: gen_tcp:send('$socket', '$bulk')\n{step}\npeer: read 2")
    assert is_certain(small, EVERYTHING - {PORT_COMMAND})


BROKEN_OFF = f"""
{STALLED}
trapper: gen_tcp:send('$socket', '$bulk')
trapper gets exit signal kill
owner: gen_tcp:send('$socket', <<1>>)
peer: fin
peer: read
"""


@pytest.mark.parametrize("release", releases("otp-socket"))
def test_what_is_under_way_is_forgotten_when_a_socket_is_closed(release: int) -> None:
    """Two runs that differ in nothing else go on in two ways."""
    oracle = oracle_of("otp-socket", release)
    prediction = oracle.predict(*parse(BROKEN_OFF), -1, (1,))
    assert prediction.expected != oracle.predict(*parse(BROKEN_OFF)).expected
    trace = ScriptTrace(prediction.script, tuple(map(Look, prediction.expected)))
    assert isinstance(admits(oracle, trace), Admitted)


OUTRUN = f"""
{STALLED.replace("binary", "{packet,4}")}
owner: gen_tcp:send('$socket', '$bulk')
peer: send <<0>>
owner gets exit signal kill
peer: read 131076
"""
NOT_ALL_READ = OUTRUN.replace("peer: send <<0>>", "other: gen_tcp:send('$socket', <<\"abc\">>)\npeer: send <<0>>")


@pytest.mark.parametrize("unread", [True, False])
@pytest.mark.parametrize("steps", [OUTRUN, NOT_ALL_READ], ids=["all", "but for a bit"])
def test_reset_destroys_what_went_at_last_where_it_comes_from_unread_bytes(steps: str, unread: bool) -> None:
    """A kernel drops what waits to be sent when a socket is closed that has bytes to be read."""
    script = parse(steps if unread else steps.replace("peer: send <<0>>\n", ""))
    prediction = Oracle().predict(*script)
    looks = list(prediction.expected)
    last = len(script.steps) - 1
    assert looks[last] == (("peer", (b"\0\2", ("zeros", 1)), "open"),)
    looks[last] = (("peer", (b"\0\2", ("zeros", "some")), "reset"),)
    looks[last + 1 :] = [tuple([each for each in look if each[0] != "peer"]) for look in looks[last + 1 :]]
    answer = admits(Oracle(), ScriptTrace(prediction.script, tuple(map(Look, looks))))
    assert isinstance(answer, Admitted) == unread


@pytest.mark.parametrize(
    "step",
    [
        "peer: fin",
        "peer: send <<255,255,255,255>>",
        "other: gen_tcp:shutdown('$socket', read)",
        "other: gen_tcp:shutdown('$socket', read_write)",
    ],
)
def test_rest_is_certain_where_a_queue_may_be_dropped(step: str) -> None:
    stays = STALLED.replace("binary", "{packet,4},{exit_on_close,false}")
    steps = f"owner: gen_tcp:send('$socket', '$bulk')\n{step}\npeer: read 131076"
    assert not is_certain(parse(f"{stays}\n{steps}"), EVERYTHING)
    assert is_certain(parse(f"{STALLED}\n{steps}"), EVERYTHING)
    assert is_certain(parse(f"{stays}\n{steps.replace(step, 'peer: read 2')}"), EVERYTHING)
    later = f"owner: inet:setopts('$socket', [{{exit_on_close,false}}])\n{steps.replace(step, 'peer: fin')}"
    assert not is_certain(parse(f"{STALLED}\n{later}"), EVERYTHING)


LATE = """
connect with [{active,false},{sndbuf,16384},{send_timeout,250}], the peer reads nothing
trapper: gen_tcp:send('$socket', '$bulk')
owner: gen_tcp:send('$socket', <<"abc">>)
trapper gets exit signal kill
350 ms pass
"""


@pytest.mark.parametrize("release", releases("otp-socket"))
def test_full_kernel_has_room_again_when_it_has_asked_the_peer(release: int) -> None:
    oracle = oracle_of("otp-socket", release)
    prediction = oracle.predict(*parse(LATE))
    looks = list(prediction.expected)
    assert [each[:2] for each in looks[3]] == [("call", OWNER)]
    looks[3] = (("call", OWNER, ("returned", Atom("ok"))),)
    answer = admits(oracle, ScriptTrace(prediction.script, tuple(map(Look, looks))))
    assert isinstance(answer, Admitted)
