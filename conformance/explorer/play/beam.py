"""An Erlang VM plays scripts by itself, many at a time: the fast way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from typing import NamedTuple, TypeGuard

from gen_tck.adapters.beam import kept_module
from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.interface import (
    AdapterError,
    Call,
    CallFailed,
    Census,
    Node,
    NodeDied,
    NodeError,
    Process,
    Returned,
)
from gen_tck.adapters.processes import ChildProcess
from gen_tck.conformance.explorer.oracle.oracle import Prediction
from gen_tck.conformance.explorer.play.encode import Encoder
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.play.waiting import Waiting
from gen_tck.conformance.explorer.script.script import (
    ACTORS,
    FILES,
    OWNER,
    PEERS,
    STALLED_BUFFER,
    Change,
    Changes,
)
from gen_tck.conformance.explorer.script.trace import Look, ScriptTrace, first_difference
from gen_tck.spec.counted import Counted
from gen_tck.spec.terms import Atom, List, Term, show

MODULE = Atom("gen_tck_scripts")
BATCH = 10
"""Scripts that one worker is given at a time; one in which time passes is given alone."""
PATIENCE = 120
"""Milliseconds that an expected change may take."""
RECORDING_WORKERS = 16
"""Workers that record: everything is looked at, again and again."""
LOADING_SECONDS = 60.0


def batch_seconds(size: int) -> float:
    """After so many seconds in which none of the batches of ``size`` scripts came back, the VM is taken to hang.

    A script with two timeouts at each of its steps takes under nine; the VM may be short of time.
    """
    return 20.0 + 2.0 * size


def can_play(node: Node) -> TypeGuard[ChildNode]:
    """Whether ``node`` says that it is a VM that plays scripts by itself."""
    return isinstance(node, ChildNode) and node.capabilities.plays_scripts


class Vm:
    """Workers in one VM."""

    one_by_one = False

    def __init__(self, node: ChildNode, in_flight: int) -> None:
        self._node = node
        self._backend = Atom("socket" if node.capabilities.details["backend"] == "socket" else "inet")
        self._encoder = Encoder()
        self._load()
        self._workers = [node.spawn() for _ in range(in_flight)]
        self._counting = node.spawn()
        buffers, files = List([0, STALLED_BUFFER]), List(FILES.items())
        needed = [(buffers, files), *[(buffers, List())] * (in_flight - 1)]  # one of them makes the files
        ready = [each.call(MODULE.name, "prepare", its) for each, its in zip(self._workers, needed, strict=True)]
        if not node.run_until(lambda: all(each.outcome is not None for each in ready), LOADING_SECONDS):
            raise self._hangs(f"its workers are not ready in {LOADING_SECONDS:g} s")

    def _load(self) -> None:
        process = self._node.spawn()
        source = resources.files("gen_tck.adapters.beam").joinpath(f"{MODULE.name}.erl").read_bytes()
        release = self._node.capabilities.details["release"]
        kept = kept_module(MODULE.name, source, release, self._node.command)
        if (beam := kept.read()) is not None:
            loaded = self._result(process, "code", "load_binary", (MODULE, List(b"gen_tck_scripts.beam"), beam))
            if loaded == (Atom("module"), MODULE):
                return
        loaded = self._result(process, "gen_tck_agent", "load", (MODULE, source))
        if not isinstance(loaded, bytes):
            raise _no_player(f"instead of its player of scripts it loaded {show(loaded)}")
        kept.keep(loaded)

    def _result(self, process: Process, module: str, function: str, args: Sequence[Term]) -> Term:
        call = process.call(module, function, args)
        try:
            if not self._node.run_until(lambda: call.outcome is not None, LOADING_SECONDS):
                raise self._hangs(f"{module}:{function} has not come back in {LOADING_SECONDS:g} s")
        except CallFailed as reason:
            raise _no_player(f"{module}:{function}: {reason}") from reason
        if not isinstance(call.outcome, Returned):
            raise _no_player(f"{module}:{function} came to {call.outcome}")
        return call.outcome.value

    def _hangs(self, how: str) -> NodeDied:
        """End the VM, which does not do what it must; the error to raise."""
        self._node.close()
        return NodeDied(f"the node hangs: {how}, so it was ended")

    def census(self) -> Census:
        """How many there are of what calls make, when no script is under way."""
        match self._result(self._counting, MODULE.name, "census", ()):
            case List() as counts:
                found = dict(map(_count, counts))
            case other:
                raise _no_player(f"it counts {show(other)}")
        descriptors = self._node.descriptors()
        return found if descriptors is None else {**found, "descriptors": descriptors}

    def pause(self, seconds: float) -> None:
        """Let the node do what it has to do."""
        self._node.run_until(_never, seconds)

    def play(
        self, scripts: Iterable[Prediction], *, record: bool = False
    ) -> Iterator[tuple[Sequence[Prediction], list[Report]]]:
        workers = self._workers[:RECORDING_WORKERS] if record else self._workers
        waiting = Waiting(iter(scripts), len(workers), 1 if record else BATCH)
        idle = deque(workers)
        busy: list[UnderWay] = []
        while waiting.refill() or busy:
            while idle and (batch := waiting.take(bool(busy))):
                worker = idle.popleft()
                data = self._encoder.batch(list(enumerate(batch)))
                args = (data, self._backend, PATIENCE, Atom("true" if record else "false"))
                busy.append(UnderWay(worker, worker.call(MODULE.name, "run", args), batch))
                self._node.run_until(_always, 0.0)
            done = [each for each in busy if each.call.outcome is not None]
            if not done:
                self._wait(busy)
            for each in done:
                busy.remove(each)
                idle.append(each.worker)
                yield each.scripts, _reports(_value(each.call), each.scripts)

    def _wait(self, busy: Sequence[UnderWay]) -> None:
        """Until any of ``busy`` is done."""
        seconds = batch_seconds(max(len(each.scripts) for each in busy))
        if not self._node.run_until(lambda: any(each.call.outcome is not None for each in busy), seconds):
            raise self._hangs(f"none of the scripts under way has come back in {seconds:g} s")


class UnderWay(NamedTuple):
    """Scripts that a worker plays one after the other."""

    worker: ChildProcess
    call: Call
    scripts: list[Prediction]


def _always() -> bool:
    return True


def _never() -> bool:
    return False


def _count(value: Term) -> tuple[Counted, int]:
    match value:
        case (Atom(name="processes" | "sockets" | "names" as kind), int(count)):
            return kind, count
    raise _no_player(f"it counts {show(value)}")


def _value(call: Call) -> Term:
    outcome = call.outcome
    if isinstance(outcome, Returned):
        return outcome.value
    raise NodeError(f"the player of scripts failed: {outcome}")


# Reading what the player says. A node may only claim to have it, so that it may say anything.


def _no_player(how: str) -> AdapterError:
    return AdapterError(f"the node says that it plays scripts by itself, and does not: {how[:400]}")


def _reports(value: Term, batch: Sequence[Prediction]) -> list[Report]:
    if not isinstance(value, List):
        raise _no_player(f"asked for what differs it returned {show(value)}")
    found: dict[int, Report] = {}
    for each in value:
        number, report = _report(each, batch, found)
        found[number] = report
    return list(found.values())


def _report(value: Term, batch: Sequence[Prediction], found: Mapping[int, Report]) -> tuple[int, Report]:
    """The number of a script in ``batch``, and what is said of it beside what was ``found``."""
    match value:
        case (int(number), *said) if 0 <= number < len(batch):
            prediction, known = batch[number], found.get(number)
        case _:
            raise _no_player(f"it reports {show(value)}")
    looks = len(prediction.expected)
    match said:
        case [-1, (Atom(name="refused"), why)] if known is None:
            return number, Report(prediction, refused=show(why))
        case [-1, why]:
            raise NodeError(f"a script could not begin: {show(why)}")
        case [int(step)] if known is None and 0 <= step <= looks:
            return number, Report(prediction, step)
        case [List() as seen] if known is None and len(seen) == looks:
            return number, _recorded(prediction, tuple(map(_look, seen)))
        case [int(step), Atom(name="outlived")] if step == looks and (known is None or known.trace is None):
            return number, known or Report(prediction, looks)
        case [int(step), Atom(name="outlived")] if step == looks and known is not None and known.trace is not None:
            return number, _recorded(prediction, (*known.trace.looks[:looks], _OUTLIVED))
    raise _no_player(f"it reports {show(value)}")


_OUTLIVED = Look((("status", OWNER, "outlived"),))


def _recorded(prediction: Prediction, looks: tuple[Look | None, ...]) -> Report:
    trace = ScriptTrace(prediction.script, looks)
    return Report(prediction, first_difference(trace, prediction.expected), trace)


def _look(value: Term) -> Look | None:
    match value:
        case Atom(name="cannot"):
            return None
        case (List() as seen, int(spent)) if spent >= 0:
            return Look(ordered(map(_from_term, seen)), spent)
    raise _no_player(f"it reports {show(value)}")


def _from_term(change: Term) -> Change:
    match change:
        case (Atom(name="call"), int(actor), (Atom(name="returned" | "ended" as how), value)) if actor in _ACTORS:
            return ("call", actor, (how, value))
        case (Atom(name="call"), int(actor), (Atom(name="raised"), Atom(name=kind), value)) if actor in _ACTORS:
            return ("call", actor, ("raised", kind, value))
        case (Atom(name="mailbox"), int(actor), List() as messages) if actor in _ACTORS:
            return ("mailbox", actor, tuple(messages))
        case (Atom(name="status"), int(actor), Atom(name=status)) if actor in _ACTORS:
            return ("status", actor, status)
        case (Atom(name=peer), List() as data, Atom(name="open" | "fin" | "reset" as end)) if peer in PEERS:
            return (peer, tuple([_piece(each) for each in data]), end)
    raise _no_player(f"it saw {show(change)}")


_ACTORS = range(len(ACTORS))


def _piece(value: Term) -> object:
    match value:
        case bytes():
            return value
        case (Atom(name="zeros"), int(lots)):
            return ("zeros", lots)
        case (Atom(name="zeros"), Atom(name="some")):
            return ("zeros", "some")
    raise _no_player(f"its peer read {show(value)}")


_ORDER = {"call": 0, "status": 1, "mailbox": 2}


def ordered(changes: Iterable[Change]) -> Changes:
    """``changes`` in the order in which the oracle gives them."""
    return tuple(sorted(changes, key=_place))


def _place(change: Change) -> tuple[int, int]:
    kind, index = change[0], change[1]
    if kind in PEERS:
        return len(ACTORS), PEERS.index(str(kind))
    assert isinstance(index, int)
    return index, _ORDER[str(kind)]


__all__ = ["BATCH", "PATIENCE", "Vm", "can_play", "ordered"]
