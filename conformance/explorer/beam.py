"""An Erlang VM plays scripts by itself, many at a time: the fast way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from itertools import islice
from typing import NamedTuple, TypeGuard

from gen_tck.adapters.beam import kept_module
from gen_tck.adapters.child import ChildNode, ChildProcess
from gen_tck.adapters.interface import Call, Node, NodeDied, NodeError, Process, Raised, Returned
from gen_tck.conformance.explorer.encode import Encoder
from gen_tck.conformance.explorer.judge import Report
from gen_tck.conformance.explorer.oracle import Told
from gen_tck.conformance.explorer.script import ACTORS, IN_TIME, PEERS, Change, Changes, Sleep
from gen_tck.spec.terms import Atom, List, Term, show

MODULE = Atom("gen_tck_scripts")
BATCH = 10
"""Scripts that one worker is given at a time; one in which time passes is given alone."""
PATIENCE = 120
MORE_PATIENCE = 500
"""Milliseconds that an expected change may take, in a first run and in a careful one.

In a careful one the short timeouts of a script may come while something is waited for that never comes.
"""
CAREFUL_WORKERS = 16
"""Workers of a careful run: scripts with timeouts in them must not wait for each other."""
LOADING_SECONDS = 60.0


def batch_seconds(size: int) -> float:
    """After so many seconds in which none of the batches of ``size`` scripts came back, the VM is taken to hang.

    A script with two timeouts at each of its steps takes under nine; the VM may be short of time.
    """
    return 20.0 + 2.0 * size


def can_play(node: Node) -> TypeGuard[ChildNode]:
    """Whether ``node`` is a VM that plays scripts by itself."""
    return (
        isinstance(node, ChildNode) and "backend" in node.capabilities.details and "erts" in node.capabilities.details
    )


class Vm:
    """Workers in one VM."""

    def __init__(self, node: ChildNode, in_flight: int) -> None:
        self._node = node
        self._backend = Atom(node.capabilities.details["backend"])
        self._encoder = Encoder()
        self._load()
        self._workers = [node.spawn() for _ in range(in_flight)]

    def _load(self) -> None:
        process = self._node.spawn()
        source = resources.files("gen_tck.adapters.beam").joinpath(f"{MODULE.name}.erl").read_bytes()
        release = self._node.capabilities.details["release"]
        kept = kept_module(MODULE.name, source, release, self._node.command)
        if (beam := kept.read()) is not None:
            loaded = self._result(process, "code", "load_binary", (MODULE, List(b"gen_tck_scripts.beam"), beam))
            if isinstance(loaded, tuple) and loaded[0] is Atom("module"):
                return
        kept.keep(self._result(process, "gen_tck_agent", "load", (MODULE, source)))

    def _result(self, process: Process, module: str, function: str, args: Sequence[Term]) -> Term:
        call = process.call(module, function, args)
        if not self._node.run_until(lambda: call.outcome is not None, LOADING_SECONDS):
            raise self._hangs(f"{module}:{function} has not come back in {LOADING_SECONDS:g} s")
        return _value(call)

    def _hangs(self, how: str) -> NodeDied:
        """End the VM, which does not do what it must; the error to raise."""
        self._node.close()
        return NodeDied(f"the node hangs: {how}, so it was ended")

    def play(
        self, scripts: Iterable[Told], *, careful: bool = False, further: deque[Told] | None = None
    ) -> Iterator[tuple[Sequence[Told], list[Report]]]:
        workers = self._workers[:CAREFUL_WORKERS] if careful else self._workers
        patience = MORE_PATIENCE if careful else PATIENCE
        waiting = Waiting(iter(scripts), len(workers), 1 if careful else BATCH)
        idle = deque(workers)
        busy: list[UnderWay] = []
        while waiting.refill() or busy:
            while idle and (batch := waiting.take(bool(busy))):
                worker = idle.popleft()
                data = self._encoder.batch(list(enumerate(batch)))
                args = (data, self._backend, patience, Atom("true" if careful else "false"))
                busy.append(UnderWay(worker, worker.call(MODULE.name, "run", args), batch))
                self._node.run_until(_always, 0.0)
            done = [each for each in busy if each.call.outcome is not None]
            if not done:
                self._wait(busy)
            for each in done:
                busy.remove(each)
                idle.append(each.worker)
                yield each.scripts, [_report(term, each.scripts) for term in _value(each.call)]
                while further:
                    waiting.add(further.popleft())

    def _wait(self, busy: Sequence[UnderWay]) -> None:
        """Until any of ``busy`` is done."""
        seconds = batch_seconds(max(len(each.scripts) for each in busy))
        if not self._node.run_until(lambda: any(each.call.outcome is not None for each in busy), seconds):
            raise self._hangs(f"none of the scripts under way has come back in {seconds:g} s")


class UnderWay(NamedTuple):
    """Scripts that a worker plays one after the other."""

    worker: ChildProcess
    call: Call
    scripts: list[Told]


class Waiting:
    """Scripts that are to be played: some of them, and where more come from, as telling them takes time.

    Those in which time passes go before others, or one would wait for them in the end. Those that are played alone come
    last, when they have the VM to themselves.
    """

    def __init__(self, scripts: Iterator[Told], workers: int, batch: int) -> None:
        self._scripts: Iterator[Told] | None = scripts
        self._workers, self._batch = workers, batch
        self._alone: deque[Told] = deque()
        self._slow: deque[Told] = deque()
        self._quick: deque[Told] = deque()

    def refill(self) -> bool:
        """Have a few scripts ready if there are any more; whether there are any."""
        if self._scripts is not None and len(self._quick) < self._batch:
            some = list(islice(self._scripts, self._batch))
            for told in some:
                self.add(told)
            if len(some) < self._batch:
                self._scripts = None
        return bool(self._scripts or self._alone or self._slow or self._quick)

    def add(self, told: Told) -> None:
        """One more."""
        script = told.script
        slow = any(type(each) is Sleep for each in script.steps)
        (self._alone if script.alone else self._slow if slow else self._quick).append(told)

    def take(self, busy: bool) -> list[Told]:
        """What the next worker may begin with, if anything. ``busy``: whether other workers are."""
        self.refill()
        if self._slow:
            return [self._slow.popleft()]
        if self._quick:
            # The last ones are shared out.
            most = self._batch if self._scripts is not None else -(-len(self._quick) // self._workers)
            return [self._quick.popleft() for _ in range(min(most, len(self._quick)))]
        return [self._alone.popleft()] if self._alone and not busy else []


def _always() -> bool:
    return True


def _value(call: Call) -> Term:
    outcome = call.outcome
    if isinstance(outcome, Returned):
        return outcome.value
    raise NodeError(f"the player of scripts failed: {outcome if isinstance(outcome, Raised) else show(outcome)}")


def _report(term: Term, batch: Sequence[Told]) -> Report:
    number, step, seen, spent = term
    if step < 0:
        raise NodeError(f"a script could not begin: {show(seen)}")
    if isinstance(seen, Atom):
        raise NodeError(f"a step could not be done: {show(term)} of {batch[number].script}")
    told = batch[number]
    late = spent > IN_TIME and told.script.has_timeouts
    return Report(told, step, ordered(_from_term(each) for each in seen), late)


def _from_term(term: Term) -> Change:
    kind, where, what = term
    if kind is Atom("call"):
        return ("call", where, tuple(each.name if _is_word(index, what) else each for index, each in enumerate(what)))
    if kind is Atom("mailbox"):
        return ("mailbox", where, tuple(what))
    if kind is Atom("status"):
        return ("status", where, what.name)
    data = tuple(
        each if isinstance(each, bytes) else (each[0].name, each[1].name if isinstance(each[1], Atom) else each[1])
        for each in where
    )
    return (kind.name, data, what.name)


def _is_word(index: int, outcome: Term) -> bool:
    return index == 0 or (index == 1 and outcome[0] is Atom("raised"))


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
