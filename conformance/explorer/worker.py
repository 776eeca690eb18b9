"""A worker of an exploration: it has one node, plays on it one run of scripts after the other, and says what it found.

It is told in messages, each JSON: a :class:`Job`, then a :class:`Shard` at a time, which it answers with a
:class:`~gen_tck.conformance.explorer.findings.results.Part`, and :class:`Stop` when there is nothing more to do.
"""

from __future__ import annotations

from importlib.metadata import version
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from gen_tck.adapters import interrupts, registry
from gen_tck.adapters.interface import NodeError
from gen_tck.conformance.explorer.findings.assembling import part_of
from gen_tck.conformance.explorer.findings.exploration import Exploration, Outcome
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.results import Part
from gen_tck.conformance.explorer.play.player import limits_for
from gen_tck.conformance.explorer.script.offer import LeftOut

if TYPE_CHECKING:
    from execnet import Channel


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What all workers are told: the node, and the whole exploration."""

    node: str
    erl: str
    strict: bool
    in_flight: int
    seed: int
    depth: int
    scripts: int
    left_out: tuple[LeftOut, ...] = ()
    """What no script may ask of the node: it was asked once, for all workers."""
    limits: tuple[str, ...] = ()
    kit: str = version("gen-tck")
    """Another version of the kit might mean other scripts by the same numbers."""


class Shard(msgspec.Struct, frozen=True, tag="shard"):
    """A run of script numbers: explore it."""

    first: int
    end: int
    """The number after that of the last script."""


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """Say what is found by now, and end."""


Order: TypeAlias = "Shard | Stop"
_ORDERS = msgspec.json.Decoder(Shard | Stop)


def work(channel: Channel, job: bytes) -> None:
    """Do what the other end of ``channel`` asks for. It hangs up if it ends, which is an order to stop."""
    orders: SimpleQueue[Order] = SimpleQueue()

    def hear(said: bytes | None) -> None:
        order = Stop() if said is None else _ORDERS.decode(said)
        if isinstance(order, Stop):
            interrupts.stop()
        orders.put(order)

    interrupts.obey()
    worker = Worker(msgspec.json.decode(job, type=Job))
    channel.setcallback(hear, endmarker=None)
    try:
        while isinstance(order := orders.get(), Shard):
            channel.send(msgspec.json.encode(worker.explore(order)))
    finally:
        worker.close()


class Worker:
    """What a worker keeps from shard to shard."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._exploration: Exploration | None = None

    def explore(self, shard: Shard) -> Part:
        """What was found in ``shard``; nothing once there was a signal."""
        if interrupts.came():
            return Part(interrupted=True)
        try:
            return part_of(self._explore(shard), shard.first)
        except NodeError as reason:
            return Part(given_up=str(reason))

    def _explore(self, shard: Shard) -> Outcome:
        job = self._job
        plan = Plan(job.scripts, job.seed, job.depth, shard.first, shard.end)
        if self._exploration is not None:
            return self._exploration.go_on(plan)
        if job.kit != version("gen-tck"):
            raise NodeError(f"a worker has gen-tck {version('gen-tck')}, not {job.kit}")
        entry = registry.find(job.node, erl=job.erl, limits=limits_for(job.in_flight, job.limits))
        self._exploration = Exploration(entry.open, plan, in_flight=job.in_flight, left_out=job.left_out)
        if not job.strict:
            self._exploration.know(entry)
        return self._exploration.run()

    def close(self) -> None:
        """End the node. Idempotent."""
        if self._exploration is not None:
            self._exploration.close()
