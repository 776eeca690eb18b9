"""``gen_statem``, as far as ``gen_tcp_socket`` needs it: a process that handles events, one after the other, by tables.

An action may *raise* an event, which is handled when the row is done, before anything else; the replies of a call are
sent when all of that is done. An event may be *postponed*: it comes again when the state has changed. A timeout of 0
comes before any message that has not been received. Of an event in which the process crashes it remembers nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import Any, NamedTuple, TypeAlias

from gen_tck.reference import atoms as a
from gen_tck.reference.errors import ErlangError
from gen_tck.reference.links import DOWN
from gen_tck.reference.models.otp_socket.esock import SELECT, SOCKET
from gen_tck.reference.prim_inet import demonitor
from gen_tck.reference.state_key import Namer, StateKey
from gen_tck.reference.tables import Machine, State
from gen_tck.reference.timers import Timer
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, List, Pid, Reference, Term

CALL, TIMEOUT, STOP = Atom("$gen_call"), Atom("$timeout"), Atom("$stop")
OUTSIDE = frozenset(["get_server_opts", "down", "transfer", "transferred"])
"""Events that are looked at while the socket is being handed over, too."""

From: TypeAlias = "tuple[Pid, Reference]"
"""Who calls, and which call it is."""


class Event(NamedTuple):
    """What happened."""

    name: str
    caller: From | None
    """Whom to reply to, if it is a call."""
    detail: Any


class Crashed(Exception):
    """The server process crashes: a match that fails, or an action that is none."""


class Statem(Machine, ABC):
    """A process that runs tables. It ends with :attr:`stopped` as its reason.

    ``gen_statem`` knows one machine; here :attr:`moving`, whether the socket is being handed over, is one of its own.
    """

    moving: State
    state: State

    def __init__(self, process: Process) -> None:
        self.process = process
        self.stopped: Term | None = None
        self.queue: deque[Event] = deque()
        """Events that come before any message."""
        self._raised: deque[Event] = deque()
        self._postponed: list[Event] = []
        self._replies: list[tuple[From, Term]] = []
        self._timers: dict[str, Timer] = {}
        self._changed = self._bad_action = False

    async def run(self) -> None:
        """Until it stops. Raises ``exit:Reason``."""
        while self.stopped is None:
            event = self.queue.popleft() if self.queue else self.event_of(await self.process.receive())
            if event is not None:
                self._happens(event)
        self.terminate()
        if self.has_told():
            self.process.wake()
            await self.process.give_way()  # ending takes longer than it takes those to call who were told
        self.ends()
        raise ErlangError("exit", self.stopped)

    def _happens(self, event: Event) -> None:
        before, kept = (self.moving, self.state), self.kept()
        self._changed = False
        try:
            self.handle(event.name if event.name in OUTSIDE else "arrives", event)
            while self._raised:
                raised = self._raised.popleft()
                self.handle(raised.name, raised)
        except Crashed as crash:
            self._replies.clear()
            self._raised.clear()
            self.moving, self.state = before
            self.restore(kept)
            self.stopped = (Atom(str(crash)), List())
        if self._bad_action:  # it knows what it knows since, but nobody is answered
            self._replies.clear()
            self.stopped = (a.bad_action_from_state_function, List())
        self.flush_replies()
        if self._changed or before != (self.moving, self.state):
            self.queue.extendleft(reversed(self._postponed))
            self._postponed.clear()

    def dispatch(self, event: Event) -> None:
        """Do what there is to be done about it."""
        self.handle(event.name, event)

    def wait_anew(self, event: Event) -> None:
        """The state is another one, though it is called the same: it waits for something else."""
        self._changed = True

    def event_of(self, message: Term) -> Event | None:
        """What a message is; ``None`` for one that means nothing (any more)."""
        match message:
            case (kind, (pid, tag), (str(name), *detail)) if kind is CALL:
                return Event(name, (pid, tag), detail)
            case (kind, socket, what, detail) if kind is SOCKET:
                return Event("selected" if what is SELECT else "aborted", None, (socket, detail))
            case (kind, str(name), timer) if kind is TIMEOUT:
                return Event(name, None, None) if self._timers.get(name) is timer else None
            case (kind, reason) if kind is STOP:
                self.stopped = reason
                return None
            case (kind, reference, _, _, reason) if kind is DOWN:
                return Event("down", None, (reference, reason))
        return None

    @abstractmethod
    def kept(self) -> Any:
        """What it knows: of an event in which it crashes nothing is remembered."""

    @abstractmethod
    def restore(self, kept: Any) -> None:
        """Know what it knew when that was :meth:`kept`."""

    # What actions do

    def raises(self, name: str, detail: Any = None, caller: From | None = None) -> None:
        """Handle this event next."""
        self._raised.append(Event(name, caller, detail))

    def reply(self, caller: From | None, answer: Term) -> None:
        """Answer a call, when everything else is done."""
        if caller is not None:
            self._replies.append((caller, answer))

    def flush_replies(self) -> None:
        """Send the answers."""
        for (pid, tag), answer in self._replies:
            self.process.vm.send(pid, (tag, answer))
        self._replies.clear()

    def postpone(self, event: Event) -> None:
        """Let it come again when the state has changed."""
        self._postponed.append(event)

    def start_timer(self, name: str, timeout: Term) -> None:
        """Let the event ``name`` happen after ``timeout`` milliseconds; one that is under way is forgotten."""
        self.cancel_timer(name)
        if timeout is a.infinity:
            return
        if not isinstance(timeout, int) or timeout < 0:
            self._bad_action = True
            return
        if timeout == 0:
            self.queue.append(Event(name, None, None))
            return

        def expire() -> None:
            self.process.deliver((TIMEOUT, name, timer))

        timer = self._timers[name] = self.process.vm.timers.start(timeout, expire)

    def cancel_timer(self, name: str) -> None:
        """Forget the timer, be it that it has expired."""
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()
        self.queue = deque([each for each in self.queue if each.name != name or each.caller is not None])

    def events_key(self, name: Namer) -> StateKey:
        """What is still to be looked at."""
        kept = [(each.name, None if each.caller is None else name(each.caller[0])) for each in self._postponed]
        return tuple(kept), frozenset([each for each, timer in self._timers.items() if timer.active])

    @abstractmethod
    def ends(self) -> None:
        """It is no more."""

    @abstractmethod
    def has_told(self) -> bool:
        """Whether others may be about to call it because of what it did last."""

    @abstractmethod
    def terminate(self) -> None:
        """The last thing that is done."""


async def call(process: Process, server: Pid, gone: Atom, *request: Any) -> Term:
    """``gen_statem:call/2``: without a server ``{error, Gone}``, of one that shuts down meanwhile ``{error, closed}``.

    Raises ``exit:{Reason, {gen_statem, call, ...}}`` if it crashes.
    """
    vm = process.vm
    if server not in vm.processes:
        return (a.error, gone)
    tag = vm.monitor(process, server)
    vm.send(server, (CALL, (process.pid, tag), request))

    def select(message: Term) -> Term:
        match message:
            case (reference, answer) if reference == tag:
                return (a.ok, answer)
            case (down, reference, _, _, reason) if down is DOWN and reference == tag:
                return (a.error, reason)
        return None

    kind, value = await process.receive(select)
    demonitor(process, tag)
    if kind is a.ok:
        answer: Term = value
        return answer
    if isinstance(value, tuple) and value[0] is a.shutdown:
        return (a.error, a.closed)
    raise ErlangError("exit", (value, (Atom("gen_statem"), a.call, List())))


async def stop(process: Process, server: Pid, reason: Term) -> None:
    """``gen_statem:stop/3``: end the server, and wait for that."""
    vm = process.vm
    if server not in vm.processes:
        return
    tag = vm.monitor(process, server)
    vm.send(server, (STOP, reason))
    await process.receive(lambda m: True if isinstance(m, tuple) and m[:2] == (DOWN, tag) else None)
    process.monitoring.pop(tag, None)
