"""An exploration on several processes or hosts: runs of script numbers (*shards*), shared out among workers.

execnet starts the workers, here or elsewhere, and carries what is said. Whoever has done a shard is given the next, so
that a fast worker does more; what was found is put together by number, whoever found it.

This process alone notes signals, and tells the workers, which hand in what they have. They end, too, when it does.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from queue import SimpleQueue

import execnet
import msgspec

from gen_tck.adapters import interrupts
from gen_tck.conformance.explorer import remote
from gen_tck.conformance.explorer.findings.merging import merged
from gen_tck.conformance.explorer.findings.results import Part
from gen_tck.conformance.explorer.worker import Job, Order, Shard, Stop

SHARDS_A_WORKER = 8
"""Enough for news of progress, and for a worker that is done early to take some from the others."""
MOST_IN_A_SHARD, FIRST_SHARD = 5000, 200
"""Scripts in a shard: many, so that a node is kept busy, but few at first, so that there is news soon."""
_SECONDS_TO_END = 10.0
"""A worker that has nothing more to do and is still there after so long is killed, and its node with it."""


def cut(first: int, end: int, workers: int) -> list[Shard]:
    """The shards of the scripts from ``first`` to before ``end``."""
    most = min(MOST_IN_A_SHARD, -(-(end - first) // (workers * SHARDS_A_WORKER)))
    shards: list[Shard] = []
    while first < end:
        size = min(most, FIRST_SHARD << len(shards) // workers, end - first)
        shards.append(Shard(first, first + size))
        first += size
    return shards


class DistributionError(Exception):
    """The shards could not be explored; the message is one line."""


def distribute(job: Job, shards: Iterable[Shard], places: Sequence[str], told: Callable[[Part], None]) -> Part:
    """Explore ``shards`` with a worker in each of ``places``, which execnet's ``makegateway`` takes.

    ``told`` is told after each shard what has been found so far. Raises :class:`DistributionError` if nothing could be
    explored because of something other than the node.
    """
    controller = _Controller(shards, told)
    group = execnet.Group()
    group.set_execmodel("thread", "main_thread_only")  # there the main thread explores, as signals are its matter
    try:
        with interrupts.told(controller.stop):
            for place in places:
                controller.start(group, place, job)
            return controller.whole()
    finally:
        group.terminate(_SECONDS_TO_END)


class _Controller:
    """Who knows what is to be done, and what has been found."""

    def __init__(self, shards: Iterable[Shard], told: Callable[[Part], None]) -> None:
        self._todo = deque(shards)
        self._told = told
        self._began = time.monotonic()
        self._whole = Part()
        self._trouble: list[str] = []
        self._workers: list[execnet.Channel] = []
        """Those that have not ended."""
        self._heard: SimpleQueue[tuple[execnet.Channel, bytes | None] | None] = SimpleQueue()
        """What a worker says, in turn; ``None``: it has ended. ``None`` in place of both: there was a signal."""

    def stop(self) -> None:
        """There was a signal."""
        self._heard.put(None)

    def start(self, group: execnet.Group, place: str, job: Job) -> None:
        """Start a worker, and give it something to do."""
        if interrupts.came():
            return
        try:
            with interrupts.postponed():  # it is born so, and none ends it before it takes no notice of them
                gateway = group.makegateway(place)
            channel = gateway.remote_exec(remote)
            # One that runs the same Python may find its modules where we do.
            same = gateway.spec.popen and not gateway.spec.python
            channel.send((sys.path if same else None, msgspec.json.encode(job)))
        except (OSError, EOFError, AssertionError, execnet.HostNotFound) as reason:
            self._trouble.append(f"no worker can be started by {place}: {reason or 'it ended at once'}")
            return
        self._workers.append(channel)
        self._give(channel)
        channel.setcallback(lambda said: self._heard.put((channel, said)), endmarker=None)

    def whole(self) -> Part:
        """Have all done; what was found. Raises :class:`DistributionError`."""
        while self._workers:
            heard = self._heard.get()
            if heard is None:
                self._todo.clear()
                for each in self._workers:
                    _say(each, Stop())
                continue
            worker, said = heard
            if said is None:
                self._workers.remove(worker)
                self._note_end(worker)
            else:
                self._take_in(said)
                self._give(worker)
        whole = self._whole
        whole.interrupted |= interrupts.came()
        whole.given_up = whole.given_up or next(iter(self._trouble), "")
        if whole.given_up and not whole.scripts and not whole.node_ended:
            raise DistributionError(whole.given_up)
        return whole

    def _give(self, worker: execnet.Channel) -> None:
        _say(worker, self._todo.popleft() if self._todo else Stop())

    def _take_in(self, said: bytes) -> None:
        try:
            part = msgspec.json.decode(said, type=Part)
            self._whole = merged([self._whole, part])
        except (msgspec.MsgspecError, ValueError) as reason:
            self._trouble.append(f"a worker said what makes no sense: {reason}")
            return
        self._whole.seconds = time.monotonic() - self._began  # several shards went on at once
        if part.given_up or part.interrupted:
            self._todo.clear()
        self._told(self._whole)

    def _note_end(self, worker: execnet.Channel) -> None:
        try:
            worker.waitclose()
        except EOFError:
            self._trouble.append("a worker ended: it was killed, or the connection to it was lost")
        except execnet.RemoteError as reason:
            why = str(reason).strip().splitlines()[-1]
            advice = "; gen-tck has to be installed there" if "No module named" in why else ""
            self._trouble.append(f"a worker ended: {why}{advice}")


def _say(worker: execnet.Channel, order: Order) -> None:
    with suppress(OSError):  # it has ended: that is heard, too
        worker.send(msgspec.json.encode(order))
