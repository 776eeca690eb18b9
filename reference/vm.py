"""Processes, signals and timers: the part of an Erlang VM that sockets stand on.

A :class:`Vm` does nothing by itself. It is told what happened (a message, a timer, a socket that became ready) and
:meth:`Vm.run` lets every process that can go on do so, one at a time, in the order in which they became able to. There
is no thread, no clock and no socket in here: the drive that turns the VM supplies time and readiness.

A process runs a coroutine. It gives way only in :meth:`Process.receive` and while a busy port suspends it, so whatever
happens between two such points happens at once.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.choices import Choose, in_any_order, usual
from gen_tck.reference.errors import ErlangError
from gen_tck.reference.links import DOWN, AnyPort, Links
from gen_tck.reference.resources import Resource
from gen_tck.reference.state_key import Namer, StateKey
from gen_tck.reference.timers import Timer, Timers
from gen_tck.spec.terms import Atom, List, Pid, Port, Reference, Term

EXIT, INFINITY = Atom("EXIT"), Atom("infinity")

Body = Coroutine[Any, None, Any]


class Doomed(BaseException):
    """Unwinds a process that an exit signal reached while it was running."""


@types.coroutine
def _give_way() -> Generator[None, None, None]:
    yield


class Process:
    """One process: a mailbox, links, monitors, and the coroutine it runs (none while it is idle)."""

    def __init__(self, vm: Vm, pid: Pid) -> None:
        self.vm = vm
        self.pid = pid
        self.mailbox: list[Term] = []
        self.links: set[Pid | Port] = set()
        self.monitored_by: dict[Reference, Pid] = {}
        self.monitoring: dict[Reference, Pid | Port] = {}
        self.trap_exit = False
        self.ended: Term | None = None
        self.suspended_by: AnyPort | None = None
        self.at_end: dict[object, Callable[[], None]] = {}
        """Called when the process ends, by what it is for: drivers drop the requests they keep for it."""
        self.body: Body | None = None
        """What it runs; ``None`` while it is idle, and when it has ended."""
        self._runnable = False
        self._doom: Term | None = None

    def __repr__(self) -> str:
        return f"Process({self.pid})"

    # Running

    @property
    def idle(self) -> bool:
        """Whether it runs nothing and is not ended."""
        return self.body is None and self.ended is None

    def start(self, body: Body) -> None:
        """Let this idle process run ``body``."""
        if not self.idle:
            raise ValueError(f"{self.pid} is busy or has ended")
        self.body = body
        self._runnable = True
        self.vm.run_queue.append(self)

    def wake(self) -> None:
        """Let it run on: what it waits for may have come."""
        if self.body is not None and not self._runnable and self.ended is None:
            self._runnable = True
            self.vm.run_queue.append(self)

    def resume(self) -> None:
        """It is no longer suspended by a port."""
        self.suspended_by = None
        self.wake()

    def step(self) -> None:
        """Run until it gives way, finishes or ends."""
        self._runnable = False
        body = self.body
        if body is None or self.ended is not None:
            return
        self.vm.running = self
        try:
            body.send(None)
        except StopIteration:
            self.body = None
        except Doomed:
            pass
        except ErlangError as error:
            self.body = None
            self._doom = error.reason if error.kind == "exit" else (error.reason, List())
        finally:
            self.vm.running = None
        if self._doom is not None:
            self.end(self._doom)

    async def receive(self, select: Callable[[Term], Any] | None = None, after: Term = INFINITY) -> Any:
        """The first message for which ``select(message)`` is not ``None``, as ``select`` gives it.

        The message is taken out; those before it stay. Without ``select``: the first message. ``after`` milliseconds
        without such a message give ``None`` (``0`` only looks; ``infinity`` waits for ever).
        """
        timer: Timer | None = None
        scanned = 0
        try:
            while True:
                for index in range(scanned, len(self.mailbox)):
                    message = self.mailbox[index]
                    chosen = message if select is None else select(message)
                    if chosen is not None:
                        del self.mailbox[index]
                        return chosen
                scanned = len(self.mailbox)
                if after == 0 or (timer is not None and not timer.active):
                    return None
                if timer is None and after is not INFINITY:
                    timer = self.vm.timers.start(after, self.wake)
                await self.give_way()
        finally:
            if timer is not None:
                timer.cancel()

    async def give_way(self) -> None:
        """Stop running until woken; ends here if an exit signal came meanwhile."""
        await _give_way()
        self.check_doom()

    def check_doom(self) -> None:
        """Unwind here if an exit signal has ended this process while it was running."""
        if self._doom is not None:
            raise Doomed

    def state_key(self, name: Namer) -> StateKey:
        """All of it that what happens next depends on, but for the call that it is in, and its port's reasons."""
        return (
            self.suspended_by is not None,
            tuple([name(each) for each in self.mailbox]),
            frozenset([name(each) for each in self.links]),
            tuple([name(each) for each in self.monitoring.values()]),
        )

    # Signals

    def deliver(self, message: Term) -> None:
        """Put ``message`` last into the mailbox."""
        if self.ended is None:
            self.mailbox.append(message)
            if self.suspended_by is None:
                self.wake()

    def exit_signal(self, sender: Term, reason: Term, *, linked: bool = False) -> None:
        """An exit signal arrives. ``linked``: it comes along a link (where ``kill`` is a reason like any other)."""
        if self.ended is not None:
            return
        if reason is a.kill and not linked:
            self._die(a.killed)
        elif self.trap_exit:
            self.deliver((EXIT, sender, reason))
        elif reason is not a.normal or (sender == self.pid and not linked):
            self._die(reason)

    def _die(self, reason: Term) -> None:
        if self.vm.running is self:
            self._doom = reason  # unwound as soon as it gives way: a coroutine cannot be closed from within
        else:
            self.end(reason)

    def end(self, reason: Term) -> None:
        """End with ``reason``: links get exit signals, monitors their messages, suspension and mailbox go."""
        if self.ended is not None:
            return
        self.ended = reason
        if self.body is not None and self.vm.running is not self:
            self.body.close()
        self.body = None
        if self.suspended_by is not None:
            self.suspended_by.forget(self)
            self.suspended_by = None
        vm = self.vm
        vm.forget_process(self)
        for action in list(self.at_end.values()):
            action()
        links = sorted(self.links, key=lambda each: each.number)
        for other in in_any_order(links, vm.choose, "which link ends first"):
            vm.unlink(self.pid, other)
            vm.signal_exit(other, self.pid, reason, linked=True)
        for reference, watcher in self.monitored_by.items():
            vm.fire(watcher, reference, (DOWN, reference, a.process, self.pid, reason))
        for reference, target in self.monitoring.items():
            vm.drop_monitor(target, reference)
        self.mailbox.clear()


class Vm(Links[Process]):
    """Processes and ports with what connects them, their timers, and whose turn it is."""

    def __init__(self, choose: Choose = usual) -> None:
        super().__init__()
        self.run_queue: deque[Process] = deque()
        self.running: Process | None = None
        self.timers = Timers()
        self.monitor_settings: tuple[Pid, List] | None = None
        """``erlang:system_monitor``: who is told, and which options."""
        self.choose = choose
        """Decides what no rule does."""
        self.files: dict[str, bytes] = {}
        """What is in them, by their names: none is on any disk."""
        self.open_files: dict[Reference, bytes] = {}
        self.resources: dict[Reference, Resource] = {}
        """What stands behind references, in an implementation whose sockets are no ports."""
        self.slow: list[Callable[[], None]] = []
        """What lets slow processes go on, when all else that can happen has happened."""

    def spawn(self, body: Callable[[Process], Body] | None = None) -> Process:
        """A new process; it runs ``body(process)`` and ends when that is done, or is idle without a body."""
        process = Process(self, Pid(self.number()))
        self.processes[process.pid] = process
        if body is not None:
            process.start(_to_the_end(process, body(process)))
        return process

    def run(self) -> None:
        """Run every process that can, until none can."""
        while self.run_queue:
            able, self.run_queue = self.run_queue, deque()
            order = able if len(able) == 1 else in_any_order(able, self.choose, "who runs first")  # mostly it is one
            for process in order:
                process.step()

    def now_or_late(self, go_on: Callable[[], None]) -> None:
        """Let somebody go on who can: now, or, being slow, when all else that can happen has happened."""
        if self.choose("who is slow", 2):
            self.slow.append(go_on)
        else:
            go_on()

    def run_slow(self) -> bool:
        """Let those go on who are slow; whether there was any."""
        slow, self.slow = self.slow, []
        for go_on in slow:
            go_on()
        return bool(slow)

    def discard(self) -> None:
        """Forget everything: then it is freed at once, and nothing is left for the garbage collector to find."""
        for process in self.processes.values():
            process.suspended_by = None
            process.at_end.clear()
            if process.body is not None:
                process.body.close()
        for table in (self.processes, self.ports, self.closing, self.resources, self.run_queue, self.slow, self.timers):
            table.clear()

    def state_key(self, name: Namer) -> StateKey:
        """How soon a timer is due, and who is the system monitor: of processes and ports see there."""
        due, monitor = self.timers.next_due(), self.monitor_settings
        return (
            None if due is None else due - self.timers.now,
            None if monitor is None else (name(monitor[0]), monitor[1]),
        )

    # Ends and settings

    def forget_process(self, process: Process) -> None:
        """Take an ending process out of the tables."""
        del self.processes[process.pid]
        self.forget_name(process.pid)
        if self.monitor_settings is not None and self.monitor_settings[0] == process.pid:
            self.monitor_settings = None

    def suspended(self, process: Process, port: AnyPort) -> None:
        """A busy port suspends ``process``: the system monitor is told, unless it is that process itself.

        Clauses: system_monitor/suspended-process-is-told, system_monitor/monitor-is-not-told-of-itself,
            system_monitor/events-not-asked-for-are-not-told
        OTP: erl_process.c: erts_suspend
        """
        settings = self.monitor_settings
        if settings is not None and a.busy_port in settings[1] and settings[0] != process.pid:
            self.send(settings[0], (a.monitor, process.pid, a.busy_port, port.id))


async def _to_the_end(process: Process, body: Body) -> None:
    await body
    process._doom = a.normal
