"""All that a socket keeps, by the machine that it belongs to, and what every machine of it may do."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

from gen_tck.reference import atoms as a
from gen_tck.reference.counters import Counts
from gen_tck.reference.driver.socket_vm import SocketVm
from gen_tck.reference.driver.states import (
    ALWAYS,
    CONNECTED,
    COUNTED,
    DISCONNECTED,
    FREE,
    GONE,
    HALF_CLOSED,
    LISTENING,
    ONCE,
    PASSIVE,
    Acceptors,
    ConnectionState,
    Flow,
    Mode,
    Queue,
    Slot,
    Writing,
)
from gen_tck.reference.net.os_tcp import Direction, KernelSocket
from gen_tck.reference.port import OpenPort
from gen_tck.reference.state_key import Namer, StateKey, content
from gen_tck.reference.tables import Machine
from gen_tck.reference.timers import Timer
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, Pid, Term


class Refused(Exception):
    """The driver refuses a request: ``{error, Reason}``."""

    def __init__(self, reason: Atom) -> None:
        super().__init__(reason)
        self.reason = reason


class Request:
    """A receive or an accept that has been asked for and not answered. It is forgotten if its caller ends."""

    def __init__(self, caller: Process, port: OpenPort, forget: Callable[[Request], None]) -> None:
        self.caller = caller
        self.port = port
        self.reference = 0
        self.timer: Timer | None = None
        caller.at_end[self] = lambda: forget(self)

    def answer(self, status: Term) -> None:
        """Tell the caller what came of it."""
        self.drop()
        self.caller.deliver((a.inet_async, self.port.id, self.reference, status))

    def drop(self) -> None:
        """It is answered, refused or withdrawn: no timer, no interest in the caller's end."""
        if self.timer is not None:
            self.timer.cancel()
        self.caller.at_end.pop(self, None)


class OutFile:
    """A file that is being sent: its bytes have a place in the queue, but are not in it."""

    def __init__(self, caller: Pid, data: bytes) -> None:
        self.caller = caller
        self.data = data
        self.behind = 0
        """So many bytes of the queue go before it."""
        self.sent = 0

    def state_key(self, name: Namer) -> StateKey:
        """All of it that what happens next depends on."""
        return (name(self.caller), self.behind, self.sent, content(self.data))


_TERMS = {PASSIVE: a.false, ALWAYS: a.true, ONCE: a.once}


class Fields(Machine):
    """One TCP socket behind one port, without what it does."""

    name = "tcp_inet"
    port_class: ClassVar[type[OpenPort]] = OpenPort
    own: ClassVar[tuple[str, ...]] = ()
    """Fields that only a departure has (:mod:`gen_tck.reference.models.departure`), which are part of the state."""

    received: Counts
    sent: Counts
    """What is only told: nothing depends on it."""
    # connection
    state: ConnectionState
    pending_errors: dict[str, Atom]
    """What the next ``receive`` or ``send`` has still to be told of a lost connection."""
    told_closed: bool
    # mode
    mode: Mode
    packets_left: int
    """So many more are messages, in the mode that counts them."""
    # input
    input: bytearray
    bytes_wanted: int
    """Bytes that the input must have before it is looked at again; 0: look at whatever comes."""
    buffer_size: int
    """The size of the buffer in use; 0: none is. One made for a receive of so many bytes outlives its timeout."""
    read_stopped: bool
    """A half-closed socket that has told its end reads no more, until its mode is set to another active one."""
    http_headers: bool
    """Whether the next line of HTTP is a header: the line before it was one, or the first of a message."""
    # receive slot
    slot: Slot
    receiving: Request | None
    # acceptors
    acceptors: Acceptors
    accepting: deque[Request]
    # send queue
    queue: Queue
    output: bytearray
    file: OutFile | None
    when_flushed: list[Pid]
    # flow
    flow: Flow
    waiting_senders: list[Pid]
    """Who gets a reply when the port is no longer busy."""
    send_timer: Timer | None
    # shutdown
    writing: Writing
    pending_shutdown: Direction | None

    def __init__(
        self, port: OpenPort, vm: SocketVm, socket: KernelSocket, state: ConnectionState, options: dict[str, Any]
    ) -> None:
        self.port = port
        self.vm = vm
        self.socket = socket
        self.observer = vm.observer
        self.options = options
        # Here, and not in the class, as Python is faster with what a class does not have.
        self.received = Counts()
        self.sent = Counts()
        self.state = state
        self.pending_errors = {}
        self.told_closed = False
        self.mode = PASSIVE
        self.packets_left = 0
        self.input = bytearray()
        self.bytes_wanted = self.buffer_size = 0
        self.read_stopped = False
        self.http_headers = False
        self.slot = FREE
        self.receiving = None
        self.acceptors = Acceptors.NONE
        self.accepting = deque()
        self.queue = Queue.EMPTY
        self.output = bytearray()
        self.file = None
        self.when_flushed = []
        self.flow = Flow.READY
        self.waiting_senders = []
        self.send_timer = None
        self.writing = Writing.OPEN
        self.pending_shutdown = None
        self._references = 0 if state is LISTENING else 1

    @property
    def active(self) -> Term:
        """The mode as ``active`` has it: ``false``, ``true``, ``once``, or the number of packets left."""
        return self.packets_left if self.mode is COUNTED else _TERMS[self.mode]

    def is_active(self, _: object = None) -> bool:
        """Whether packets become messages."""
        return self.mode is not PASSIVE

    def exit_on_close(self, _: object) -> bool:
        """Whether the end of the connection is that of the port."""
        return self.options["exit_on_close"] is a.true

    def wants_input(self) -> bool:
        """Whether somebody wants what comes: that is all the flow control there is."""
        if self.state is LISTENING:
            return bool(self.accepting)
        if self.state is HALF_CLOSED and self.mode is not PASSIVE:
            return not self.read_stopped
        return self.state in (CONNECTED, HALF_CLOSED) and (self.mode is not PASSIVE or self.receiving is not None)

    def watch(self) -> None:
        """Let the kernel say when there is something to do for us."""
        if self.state is not GONE:
            flushing = self.has_to_write() and self.state is not DISCONNECTED
            self.socket.watch(self.wants_input(), flushing)

    def has_to_write(self) -> bool:
        """Whether anything waits for room."""
        return bool(self.output) or self.file is not None

    def awaits_kernel(self) -> bool:
        """Whether it reads what comes, or has to write when there is room."""
        return self.wants_input() or self.has_to_write()

    def tell(self, message: Term) -> None:
        """Send ``message`` to the owner; of a port that is only closing nobody hears anything."""
        if not self.port.closed:
            self.vm.send(self.port.owner, message)

    def reference(self) -> int:
        """The reference of the next request, 0 to 65535, then again 0."""
        self._references = (self._references + 1) & 0xFFFF
        return (self._references - 1) & 0xFFFF

    def references_begin_again(self) -> None:
        """The next request is the first of this socket."""
        self._references = 0

    def state_key(self, name: Namer) -> StateKey:
        """All that what happens next depends on, its port included, but not what the network knows of it."""
        slot = self.receiving
        return (
            tuple([getattr(self, table.state).value for table in self.tables]),
            (self.active, tuple(self.options.values())),
            None if slot is None else (name(slot.caller.pid), slot.timer is not None),
            tuple([name(request.caller.pid) for request in self.accepting]),
            (content(self.input), self.bytes_wanted, self.buffer_size, content(self.output)),
            None if self.file is None else self.file.state_key(name),
            tuple([name(pid) for pid in self.waiting_senders]),
            tuple([name(pid) for pid in self.when_flushed]),
            (self.send_timer is not None, self.pending_shutdown, self.told_closed, self.read_stopped),
            self.http_headers,
            tuple(sorted(self.pending_errors.items())),
            tuple([name(getattr(self, each)) for each in self.own]),
            self.port.state_key(name),
        )
