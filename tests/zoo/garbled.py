"""The reference behind somebody who garbles it: now and then an answer or a message is rubbish, at random.

What is garbled follows from the seed alone. No case may end as the kit's own error, whatever the seed. Each seed is an
entry point of the group ``gen_tck.nodes`` (see ``conftest.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from gen_tck.adapters.interface import (
    Call,
    Capabilities,
    Census,
    Ended,
    Network,
    Node,
    Outcome,
    Process,
    Raised,
    Returned,
    Waited,
)
from gen_tck.adapters.interface import Status as NodeStatus
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.spec.terms import Atom, Improper, List, Map, Pid, Port, Reference, Term, term

RUBBISH: tuple[Term, ...] = (
    Atom("ok"),
    Atom("closed"),
    0,
    -1,
    70000,
    1 << 70,
    0.5,
    b"",
    b"\xff" * 100,
    Pid(1),
    Port(999),
    Reference(998),
    (),
    (Atom("ok"),),
    (Atom("error"),),
    (Atom("tcp"),),
    (1, 2, 3, 4, 5, 6, 7),
    List(),
    List([1 << 40]),
    List([Atom("ok"), 1]),
    Improper((Atom("ok"),), Atom("tail")),
    Improper((1,), b"tail"),
    Map({Atom("ok"): 1}),
    Map({}),
    term(("ok", [])),
    term(("ok", [("active",)])),
    term(("ok", {"a": ()})),
    term(("ok", [[[[[("deep", ((((),),),))]]]]])),
    term(("error", ("timeout", -1))),
    term(("error", ("timeout", [256, "x"]))),
    term(("ok", -3)),
)
STATUSES: tuple[NodeStatus, ...] = ("idle", "waiting", "suspended", "ended")


class Garbler:
    """Makes rubbish, by chance."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._often = self._random.choice([0.02, 0.1, 0.3, 1.0])

    def strikes(self) -> bool:
        """Whether it is time for rubbish."""
        return self._random.random() < self._often

    def chance(self, share: float) -> bool:
        """One of ``share`` times."""
        return self._random.random() < share

    def pick(self, values: Sequence[Any]) -> Any:
        """One of ``values``."""
        return self._random.choice(values)

    def outcome(self, seen: Outcome) -> Outcome:
        """Rubbish instead of ``seen``."""
        value = seen.value if isinstance(seen, Returned) else seen.reason
        made = self.rubbish(value)
        kind = self._random.randrange(8)
        if kind == 0:
            return Raised(self._random.choice(["error", "exit", "throw"]), made)
        return Ended(made) if kind == 1 else Returned(made)

    def rubbish(self, value: Term) -> Term:
        """Something else than ``value``, or ``value`` with something else in it."""
        if self._random.random() < 0.3 or not isinstance(value, (tuple, Improper)):
            return self._random.choice([*RUBBISH, *_near(value)])
        parts = list(value.heads) if isinstance(value, Improper) else list(value)
        place = self._random.randrange(len(parts) + 1)
        what = self._random.randrange(4)
        if what == 0:
            parts.insert(place, self._random.choice(RUBBISH))
        elif place < len(parts):
            parts[place : place + 1] = [] if what == 1 else [self.rubbish(parts[place])]
        if self._random.random() < 0.1 and parts:
            return Improper(tuple(parts), self._random.choice([0, b"", Atom("tail")]))
        return List(parts) if (type(value) is List) != (self._random.random() < 0.1) else tuple(parts)


def _near(value: Term) -> list[Term]:
    """What is nearly ``value``."""
    if isinstance(value, bytes):
        return [value[1:], value * 2, List(value), Atom("bytes")]
    if isinstance(value, int):
        return [value + 1, -value, str(value).encode(), float(value)]
    return [(value,), List([value])]


class GarbledCall:
    """A call whose outcome may be rubbish."""

    def __init__(self, call: Call, garbler: Garbler) -> None:
        self._call, self._garbler = call, garbler
        self._outcome: Outcome | None = None

    @property
    def outcome(self) -> Outcome | None:
        if self._outcome is None and (seen := self._call.outcome) is not None:
            self._outcome = self._garbler.outcome(seen) if self._garbler.strikes() else seen
        return self._outcome


class Answered:
    """A call that was never made: its arguments are rubbish already."""

    outcome: Outcome | None = Raised("error", Atom("badarg"))


class GarbledProcess:
    """A process whose messages may be rubbish, or more than came, and whose status may be stuck."""

    def __init__(self, process: Process, garbler: Garbler) -> None:
        self._process, self._garbler = process, garbler
        self._shown: dict[Term, Term] = {}
        self._more = [garbler.pick(RUBBISH)] if garbler.strikes() and garbler.chance(0.3) else []
        self._status: NodeStatus | None = garbler.pick(STATUSES) if garbler.strikes() and garbler.chance(0.3) else None
        self.pid = process.pid

    def call(self, module: str, function: str, args: Sequence[Term]) -> Call:
        try:
            return GarbledCall(self._process.call(module, function, args), self._garbler)
        except Exception:
            return Answered()

    def mailbox(self) -> tuple[Term, ...]:
        return (*map(self._show, self._process.mailbox()), *self._more)

    def _show(self, message: Term) -> Term:
        if message not in self._shown:
            self._shown[message] = self._garbler.rubbish(message) if self._garbler.strikes() else message
        return self._shown[message]

    def take(self, count: int) -> None:
        there = min(count, len(self._process.mailbox()))
        self._process.take(there)
        del self._more[: count - there]

    def exit(self, reason: Term) -> None:
        self._process.exit(reason)

    def status(self) -> NodeStatus:
        return self._status or self._process.status()


class GarbledNode:
    """A node that garbles another."""

    def __init__(self, node: Node, seed: int) -> None:
        self._node = node
        self._garbler = Garbler(seed)

    @property
    def capabilities(self) -> Capabilities:
        return self._node.capabilities

    @property
    def network(self) -> Network:
        return self._node.network

    def spawn(self) -> GarbledProcess:
        return GarbledProcess(self._node.spawn(), self._garbler)

    @property
    def stops(self) -> int:
        return self._node.stops

    def settle(self) -> bool:
        return self._node.settle()

    def advance(self, milliseconds: int) -> None:
        self._node.advance(milliseconds)

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        return self._node.wait(condition, owed, progress)

    def census(self) -> Census:
        return self._node.census()

    def clear(self) -> None:
        self._node.clear()

    def close(self) -> None:
        self._node.close()


def __getattr__(name: str) -> object:
    """An opener for every seed, by the name that its entry point uses: ``open_7``."""
    seed = name.removeprefix("open_")
    if not seed.isdigit():
        raise AttributeError(name)
    return lambda: GarbledNode(SimulatedNode(), int(seed))
