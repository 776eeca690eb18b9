"""Tours: for every transition of the reference, and every pair of them known, a shortest script that goes through it.

What the models of OTP's socket backend can go through is shown by scripts of their own, in ``tours_socket.txt``.

The scripts stand in ``tours.txt``, as finding them takes long: ``tools/tours`` writes it. Those of at most
:data:`DEPTH` steps come from a walk over the states of the reference, with an alphabet for each setting; what only
random scripts went through follows, without the steps that it does not need.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources

from gen_tck.conformance.explorer.generate.coverage import Coverage
from gen_tck.conformance.explorer.generate.walk import walk
from gen_tck.conformance.explorer.oracle.models import oracle_named
from gen_tck.conformance.explorer.script.offer import EVERYTHING, Features, script_needs
from gen_tck.conformance.explorer.script.script import (
    BULK,
    LISTENER,
    OTHER,
    OWNER,
    SHORT,
    TRAPPER,
    Peer,
    Script,
    Setting,
    Sleep,
    Step,
    call,
    setopts,
)
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.spec.terms import Atom

DEPTH = 5
FILE, SOCKET_FILE = "tours.txt", "tours_socket.txt"

_SEND = call(OWNER, "gen_tcp", "send", b"xyz")
_RECEIVE = call(OTHER, "gen_tcp", "recv", 0, "infinity")
_RECEIVE_TOO = call(TRAPPER, "gen_tcp", "recv", 0, "infinity")
_MODES = (setopts(OWNER, ("active", True)), setopts(OWNER, ("active", False)))
_ENDS = (call(OWNER, "gen_tcp", "shutdown", "write"), Peer("fin"), Peer("reset"))
_STREAM = (*_MODES, setopts(OWNER, ("active", "once")), _RECEIVE, _RECEIVE_TOO, _SEND, *_ENDS, Peer("send", b"abc"))
_PACKETS = (*_MODES, _RECEIVE, _SEND, *_ENDS, Peer("send", b"\0\0\0\x01a"), Peer("send", b"\xff\xff\xff\xff"))
_STALLED = (
    *_MODES,
    _RECEIVE_TOO,
    call(OWNER, "gen_tcp", "send", BULK),
    call(OTHER, "gen_tcp", "send", BULK),
    call(OTHER, "erlang", "port_command", b"pf", ["force"]),
    *_ENDS,
    Peer("send", b"abc"),
    Peer("read"),
    Sleep(),
)
_LISTENING = (
    setopts(OWNER, ("active", True), socket=LISTENER),
    setopts(OWNER, ("active", False), socket=LISTENER),
    call(OTHER, "gen_tcp", "recv", 0, "infinity", socket=LISTENER),
    call(OWNER, "gen_tcp", "send", b"xyz", socket=LISTENER),
)


def _walks() -> Iterator[tuple[Setting, tuple[Step, ...]]]:
    """Settings, each with its alphabet."""
    for active in (Atom("false"), Atom("true")):
        for exit_on_close in (True, False):
            plain = Setting(active=active, exit_on_close=exit_on_close)
            other_end = setopts(OWNER, ("exit_on_close", not exit_on_close))
            yield plain, (*_STREAM, other_end)
            yield plain._replace(show_econnreset=True), (*_STREAM, other_end)
            yield plain._replace(packet=4), _PACKETS
            for close in (False, True):
                yield plain._replace(stalled=True, send_timeout=SHORT, send_timeout_close=close), _STALLED
    yield Setting(listening=True), _LISTENING


def walked(depth: int) -> list[Script]:
    """The tours of at most ``depth`` steps."""
    found = [
        (Script(*visit[:2]), visit.transition_pairs)
        for setting, steps in _walks()
        for visit in walk(setting, steps, depth)
    ]
    found.sort(key=lambda each: len(each[0].steps))
    covered = Coverage()
    return [script for script, transition_pairs in found if covered.add(transition_pairs)]


@cache
def tours() -> tuple[Script, ...]:
    """All tours."""
    return _read(FILE)


@cache
def _read(file: str) -> tuple[Script, ...]:
    text = resources.files("gen_tck.conformance.explorer.generate").joinpath(file).read_text("utf-8")
    return tuple([parse(each) for each in text.split("\n\n") if each.strip()])


@cache
def tours_with(features: Features, file: str = FILE) -> tuple[Script, ...]:
    """The tours on which a node can be sent that has ``features``."""
    return tuple([each for each in _read(file) if features.issuperset(script_needs(*each))])


@cache
def known(features: Features = EVERYTHING, model: str = "") -> Coverage:
    """The transitions and the pairs that tours go through, in the reference or in a ``model`` of other machines."""
    oracle = oracle_named(model)
    covered = Coverage(oracle.rows)
    for each in tours_with(features, SOCKET_FILE if oracle.name else FILE):
        covered.add(oracle.predict(*each).transition_pairs)
    return covered
