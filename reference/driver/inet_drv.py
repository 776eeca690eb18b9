"""The TCP driver: one socket's states and modes.

Theory of operation
-------------------
A socket's **state** is ``LISTENING`` or ``CONNECTED``, may become ``HALF_CLOSED`` (the peer has ended its direction
and ``exit_on_close`` is false) or ``DISCONNECTED`` (the connection is gone but the port is there to be asked), and is
``GONE`` with its port.

Independently it has a **mode**: *passive*, where packets wait until a receive asks for them, or *active*, where they
become messages to the owner: for ever (``true``), once (``once``), or a counted number of times (``N``).

Whatever happens to a socket is an **event**. :data:`TABLE` says, for every event in every state and mode, what is done
about it, in order; each word in it is a method of :class:`TcpDriver`. What a setting of ``active`` does is
:meth:`TcpDriver.set_active`, what a delivered packet does to the mode :data:`AFTER_PACKET`.

The table has a row for everything that can happen, and no other: a further event is an error of the driver, and ends in
a ``KeyError``. Above all nothing happens to a socket that is ``GONE``. Calls find open ports only, and its port is
closed; a command that a busy port held up looks again whether it is (:meth:`OpenPort.command`); the kernel has nothing
to say of a closed socket; and its timers were cancelled when its port was closed, or before.

There is one slot for a receive and none for a queue of them. Input is read from the kernel only while somebody wants
it: an active socket always, a passive one while a receive is pending; that is all the flow control there is. Output
that the kernel does not take is queued here, and a command that finds the queue not empty and fills it to
``high_watermark`` makes the port busy until it has drained to ``low_watermark``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any, Protocol, TypeAlias

from gen_tck.reference import atoms as a
from gen_tck.reference.choices import Choose, usual
from gen_tck.reference.driver.http import HEADERS_ONLY, HTTP, parse
from gen_tck.reference.driver.options import DRIVER_OPTIONS, KERNEL_OPTIONS, MAX_COUNT, BadOption
from gen_tck.reference.driver.packet import LINE, BadPacket, body, header, packet_length
from gen_tck.reference.net.os_tcp import Address, Direction, Kernel, KernelSocket, SocketError
from gen_tck.reference.port import OpenPort
from gen_tck.reference.state_key import Namer, StateKey, content
from gen_tck.reference.timers import Timer
from gen_tck.reference.vm import Process, Vm
from gen_tck.spec.terms import Atom, Improper, List, Pid, Term

RECEIVE_LIMIT = 0x4000000
"""The longest receive, in bytes (64 MiB)."""


class ConnectionState(Enum):
    """How far the connection has come."""

    LISTENING = "listening"
    CONNECTED = "connected"
    HALF_CLOSED = "half closed"
    DISCONNECTED = "disconnected"
    GONE = "gone"

    __hash__ = object.__hash__  # that of Enum is many times slower, and every event is looked up by its state


LISTENING, CONNECTED, HALF_CLOSED, DISCONNECTED, GONE = ConnectionState
PASSIVE, ACTIVE = False, True
EVERY_MODE = (PASSIVE, ACTIVE)

Actions = tuple[str, ...]
Transition: TypeAlias = tuple[ConnectionState, str, bool]
"""What a socket's row of the table is found by: its state, the event, and whether it is active."""


def _table() -> dict[Transition, Actions]:
    table: dict[Transition, Actions] = {}

    def transition(
        event: str, states: tuple[ConnectionState, ...] | ConnectionState, modes: tuple[bool, ...] | bool, *actions: str
    ) -> None:
        for state in states if isinstance(states, tuple) else (states,):
            for mode in modes if isinstance(modes, tuple) else (modes,):
                table[state, event, mode] = actions

    open_states = (CONNECTED, HALF_CLOSED)

    # A whole packet (or a receive's worth of raw bytes) is there.
    transition("packet", open_states, PASSIVE, "answer_packet")
    transition("packet", open_states, ACTIVE, "tell_packet", "count_packet")

    # The peer has ended its direction; a reset is told as the same, unless show_econnreset makes it a failure.
    transition("fin", open_states, PASSIVE, "release_sender", "drop_input", "disconnect_or_half_close", "answer_closed")
    transition("fin", open_states, ACTIVE, "release_sender", "drop_input", "tell_closed", "exit_or_half_close")

    # Reading failed, or what was read is no packet.
    transition(
        "failure",
        open_states,
        PASSIVE,
        "release_blocked_sender",
        "drop_input",
        "disconnect_or_half_close",
        "answer_failure",
    )
    transition(
        "failure",
        open_states,
        ACTIVE,
        "release_blocked_sender",
        "drop_input",
        "tell_failure",
        "tell_closed",
        "exit_for_or_disconnect",
    )

    # Writing failed.
    transition(
        "write_failure",
        open_states,
        PASSIVE,
        "drop_output",
        "drop_input",
        "answer_closed",
        "remember_failure",
        "reply_failure",
        "disconnect",
    )
    transition("write_failure", open_states, ACTIVE, "tell_reset", "tell_closed", "reply_failure", "exit_or_disconnect")

    # A sender has waited for send_timeout.
    transition("send_timeout", open_states, EVERY_MODE, "reply_timeout", "disconnect_if_told")

    # A receive is asked for.
    transition("receive", LISTENING, EVERY_MODE, "refuse_enotconn")
    transition("receive", open_states, PASSIVE, "begin_receive")
    transition("receive", open_states, ACTIVE, "refuse_einval")
    transition("receive", DISCONNECTED, EVERY_MODE, "refuse_remembered")

    # The mode was set to an active one.
    transition("activated", LISTENING, ACTIVE)
    transition("activated", open_states, ACTIVE, "deliver_what_is_there")
    transition("activated", DISCONNECTED, ACTIVE, "tell_remembered_reset", "tell_closed", "exit_or_disconnect")

    # Something is to be sent.
    transition("send", (LISTENING, DISCONNECTED), EVERY_MODE, "reply_remembered")
    transition("send", open_states, EVERY_MODE, "write_or_queue")
    return table


TABLE = _table()

AFTER_PACKET: dict[str, Callable[[int], tuple[Term, bool]]] = {
    "true": lambda count: (a.true, False),
    "once": lambda count: (a.false, False),
    "count": lambda count: (count - 1, False) if count > 1 else (a.false, True),
}
"""Kind of active mode -> (count) -> (next value of ``active``, whether ``tcp_passive`` is told)."""


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


class Observer(Protocol):
    """Looks on. What it does must change nothing."""

    def opened(self, driver: TcpDriver) -> None:
        """There is a new socket."""

    def passes(self, driver: TcpDriver, transition: Transition) -> None:
        """A socket goes through a transition: nothing of it is done yet."""


class Machine(Vm):
    """A VM with a kernel to open sockets on, a driver to run them, and who looks on."""

    def __init__(
        self, kernel: Kernel, driver: type[TcpDriver], choose: Choose = usual, observer: Observer | None = None
    ) -> None:
        super().__init__(choose)
        self.kernel = kernel
        self.observer = observer
        self._driver = driver

    def attach(
        self, owner: Process, socket: KernelSocket, state: ConnectionState, options: dict[str, Any]
    ) -> TcpDriver:
        """The driver of a new port of ``owner`` for ``socket``."""
        return self._driver(self._driver.port_class(self, owner), self, socket, state, options)


class TcpDriver:
    """One TCP socket behind one port."""

    name = "tcp_inet"
    table = TABLE
    after_packet = AFTER_PACKET
    port_class = OpenPort

    def __init__(
        self, port: OpenPort, vm: Machine, socket: KernelSocket, state: ConnectionState, options: dict[str, Any]
    ) -> None:
        self.port = port
        self.vm = vm
        self.socket = socket
        self.state = state
        self.options = options
        self.active: Term = a.false
        """The mode: ``false``, ``true``, ``once``, or the number of packets left."""
        self.receiving: Request | None = None
        self.accepting: deque[Request] = deque()
        self.input = bytearray()
        self.bytes_wanted = 0
        """Bytes that the input must have before it is looked at again; 0: look at whatever comes."""
        self.buffer_size = 0
        """The size of the buffer in use; 0: none is. One made for a receive of so many bytes outlives its timeout."""
        self.http_headers = False
        """Whether the next line of HTTP is a header: the line before it was one, or the first of a message."""
        self.output = bytearray()
        self.waiting_senders: list[Pid] = []
        """Who gets a reply when the port is no longer busy."""
        self.send_timer: Timer | None = None
        self.pending_shutdown: Direction | None = None
        self.write_ended = False
        self.pending_errors: dict[str, Atom] = {}
        """What the next ``receive`` or ``send`` has still to be told of a lost connection."""
        self.told_closed = False
        self.read_stopped = False
        """A half-closed socket that has told its end reads no more, until its mode is set to another active one."""
        self.when_flushed: list[Pid] = []
        self._references = 0 if state is LISTENING else 1
        port.driver = self
        socket.ready = self.ready
        if vm.observer is not None:
            vm.observer.opened(self)

    # Events

    def handle(self, event: str, detail: Any = None) -> None:
        """Do what the table says about ``event``."""
        transition = (self.state, event, self.active is not a.false)
        actions = self.table[transition]
        if self.vm.observer is not None:
            self.vm.observer.passes(self, transition)
        for action in actions:
            getattr(self, action)(detail)
        self.watch()

    def ready(self, reading: bool) -> None:
        """The kernel says the socket can be read, or written."""
        if not reading:
            self._write_queue()
        elif self.state is LISTENING:
            self._accept()
        elif self.state in (CONNECTED, HALF_CLOSED) and self._wants_input():
            self._read()
        self.watch()

    def _wants_input(self) -> bool:
        if self.state is LISTENING:
            return bool(self.accepting)
        if self.state is HALF_CLOSED and self.active is not a.false:
            return not self.read_stopped
        return self.state in (CONNECTED, HALF_CLOSED) and (self.active is not a.false or self.receiving is not None)

    def watch(self) -> None:
        """Let the kernel say when there is something to do for us."""
        if self.state is not GONE:
            flushing = bool(self.output) and self.state is not DISCONNECTED
            self.socket.watch(self._wants_input(), flushing)

    # Input

    def _read(self, request: int = 0) -> None:
        """Take what is buffered, or read once from the kernel, and deliver what is complete."""
        try:
            if request:
                self.bytes_wanted = request
            elif not self.bytes_wanted and self.input:
                self.bytes_wanted = self._packet_length()
            if 0 < self.bytes_wanted <= len(self.input):
                self._deliver(self.bytes_wanted)
                return
            if not self.input and not self.buffer_size:
                self.buffer_size = self.bytes_wanted or self.options["buffer"]
            self.buffer_size = max(self.buffer_size, self.bytes_wanted)
            most = (
                self.bytes_wanted - len(self.input) if self.bytes_wanted else max(1, self.buffer_size - len(self.input))
            )
            data = self.socket.read(most)
            if data is None:
                return
            if not data:
                self.handle("fin")
                return
            self.input += data
            length = self.bytes_wanted or self._packet_length()
            if 0 < length <= len(self.input):
                self._deliver(length)
            else:
                self.bytes_wanted = length
        except BadPacket:
            self.handle("failure", a.emsgsize)
        except SocketError as error:
            shown = error.reason != "econnreset" or self.options["show_econnreset"] is a.true
            self.handle("failure" if shown else "fin", Atom(error.reason))

    def _packet_length(self) -> int:
        options = self.options
        kind = _framing(options["packet"])
        room, delimiter = options["buffer"], options["line_delimiter"]
        return packet_length(kind, self.input, options["packet_size"], room, delimiter, headers=self.http_headers)

    def _deliver(self, length: int) -> None:
        """Deliver the first ``length`` bytes, and every further packet that is complete and has a taker."""
        while 0 < length <= len(self.input):
            packet = bytes(self.input[:length])
            del self.input[:length]
            self.bytes_wanted = 0
            if not self.input:
                self.buffer_size = 0
            self.handle("packet", packet)
            if not self._is_taken() or self.state not in (CONNECTED, HALF_CLOSED) or not self.input:
                return
            length = self._packet_length()
        self.bytes_wanted = length

    def _is_taken(self) -> bool:
        """Whether the next packet goes somewhere: a receive may still be pending when the mode is passive again."""
        return self.active is not a.false or self.receiving is not None

    def deliver_what_is_there(self, direct: bool) -> None:
        """Buffered packets become messages; if none does, a new ``once`` or ``N`` reads from the kernel at once."""
        try:
            before = len(self.input)
            if self.input and not self.bytes_wanted:
                self._deliver(self._packet_length())
            if direct and len(self.input) == before and self.active is not a.false and self._wants_input():
                self._read()
        except BadPacket:
            self.handle("failure", a.emsgsize)

    def drop_input(self, _: object) -> None:
        """What was read and not delivered is lost."""
        self.input.clear()
        self.bytes_wanted = self.buffer_size = 0

    # Messages to the owner

    def tell(self, message: Term) -> None:
        """Send ``message`` to the owner; of a port that is only closing nobody hears anything."""
        if not self.port.closed:
            self.vm.send(self.port.owner, message)

    def tell_packet(self, packet: bytes) -> None:
        data = self._data(packet)
        port = self.options["deliver"] is a.port
        name = a.http if self.options["packet"] in HTTP else a.tcp
        self.tell((self.port.id, (a.data, data)) if port else (name, self.port.id, data))

    def count_packet(self, _: object) -> None:
        count = self.active if isinstance(self.active, int) else 0
        kind = "count" if count else self.active.name
        self.active, passive = self.after_packet[kind](count)
        if passive:
            self.tell_passive()

    def tell_passive(self) -> None:
        self.tell((a.tcp_passive, self.port.id))

    def tell_closed(self, _: object) -> None:
        """``tcp_closed``, once for a socket."""
        if not self.told_closed:
            self.told_closed = True
            self.tell((a.tcp_closed, self.port.id))

    def tell_failure(self, reason: Atom) -> None:
        self.tell((a.tcp_error, self.port.id, reason))

    def tell_reset(self, reason: Atom) -> None:
        if reason is a.econnreset:
            self.tell_failure(reason)

    def tell_remembered_reset(self, _: object) -> None:
        """The reset is told once; what is asked later finds the connection closed."""
        if self.pending_errors.get("receive") is a.econnreset:
            self.tell_failure(a.econnreset)
            self.pending_errors = dict.fromkeys(self.pending_errors, a.closed)

    def _data(self, packet: bytes) -> Term:
        kind = _framing(self.options["packet"])
        if kind in HTTP:
            said, self.http_headers = parse(packet, kind, self.http_headers or kind in HEADERS_ONLY)
            return said
        data = body(kind, packet)
        if self.options["mode"] is a.list:
            return List(data)
        head = self.options["header"]
        if not head:
            return data
        return List(data) if len(data) < head else Improper(tuple(data[:head]), data[head:])

    # The receive slot

    def reference(self) -> int:
        """The reference of the next request, 0 to 65535, then again 0."""
        self._references = (self._references + 1) & 0xFFFF
        return (self._references - 1) & 0xFFFF

    def receive(self, caller: Process, length: int, timeout: int | None) -> int:
        """Ask for ``length`` bytes (0: any) within ``timeout`` ms. The request's reference. Raises :class:`Refused`.

        Clauses: async_recv/second-request-is-refused, async_recv/references-count-up, async_recv/length-beyond-64-mib,
            async_recv/zero-timeout-polls
        OTP: inet_drv.c: tcp_inet_ctl, case TCP_REQ_RECV; inet_drv.c: enq_async_w_tmo
        """
        request = Request(caller, self.port, self._forget_receive)
        try:
            self.handle("receive", (request, length, timeout))
        except Refused:
            request.drop()
            raise
        return request.reference

    def begin_receive(self, detail: tuple[Request, int, int | None]) -> None:
        request, length, timeout = detail
        if length > 0 and _framing(self.options["packet"]) != 0:
            raise Refused(a.einval)
        if length > RECEIVE_LIMIT:
            raise Refused(a.enomem)
        request.reference = self.reference()
        if self.receiving is not None:
            raise Refused(a.ealready)
        self.receiving = request
        self._read(max(0, length))
        if self.receiving is request and timeout is not None:
            if timeout == 0:
                self.receive_timeout()
            else:
                request.timer = self.vm.timers.start(timeout, self.receive_timeout)

    def _forget_receive(self, request: Request) -> None:
        """The receiver is dead: the slot is free, and what was read for it waits for the next one."""
        request.drop()
        if self.receiving is request:
            self.receiving = None
            self.bytes_wanted = 0
            self.watch()

    def receive_timeout(self) -> None:
        """The pending receive gets nothing in time; what was read so far is kept.

        Clauses: receiving/times-out, receiving/timeout-keeps-the-bytes
        OTP: inet_drv.c: tcp_inet_recv_timeout
        """
        self.bytes_wanted = 0
        self.answer((a.error, a.timeout))
        self.watch()

    def refuse_enotconn(self, _: object) -> None:
        raise Refused(a.enotconn)

    def refuse_einval(self, _: object) -> None:
        raise Refused(a.einval)

    def refuse_remembered(self, _: object) -> None:
        """The first receive after a connection was lost by writing is told so, later ones that there is none."""
        if "receive" not in self.pending_errors:
            raise Refused(a.enotconn)
        self.pending_errors.pop("send", None)  # told once is told to all
        raise Refused(self.pending_errors.pop("receive"))

    def answer(self, status: Term) -> None:
        """Answer the pending receive, if there is one."""
        request, self.receiving = self.receiving, None
        if request is not None:
            request.answer(status)

    def answer_packet(self, packet: bytes) -> None:
        self.answer((a.ok, self._data(packet)))

    def answer_closed(self, _: object) -> None:
        self.answer((a.error, a.closed))

    def answer_failure(self, reason: Atom) -> None:
        self.answer((a.error, reason))

    def unreceive(self, data: bytes) -> None:
        """Put ``data`` in front of what has been read. Raises :class:`Refused`.

        Clauses: async_recv/unrecv-puts-bytes-in-front, async_recv/unrecv-on-an-active-socket,
            async_recv/unrecv-during-a-request
        OTP: inet_drv.c: tcp_inet_ctl, case TCP_REQ_UNRECV; inet_drv.c: tcp_push_buffer
        """
        if self.state not in (CONNECTED, HALF_CLOSED):
            raise Refused(a.enotconn)
        self.input[:0] = data
        if not self._keeps_its_length():
            self.bytes_wanted = 0
        if self.active is not a.false:
            self.deliver_what_is_there(False)
        elif self.bytes_wanted:
            self._deliver(self.bytes_wanted)

    def _keeps_its_length(self) -> bool:
        """Whether a pending receive still wants as many bytes as it asked for when some are put in front."""
        return self.receiving is not None and self.active is a.false and _framing(self.options["packet"]) == 0

    # Accepting

    def accept(self, caller: Process, timeout: int | None) -> int:
        """Ask for the next connection within ``timeout`` ms. The reference. Raises :class:`Refused`.

        Clauses: async_recv/accept-is-there-on-return, async_recv/accept-times-out,
            async_recv/accepts-are-served-in-order
        OTP: inet_drv.c: tcp_inet_ctl, case INET_REQ_ACCEPT; inet_drv.c: enq_multi_op
        """
        if self.state is not LISTENING:
            raise Refused(a.einval)
        request = Request(caller, self.port, self._forget_accept)
        request.reference = self.reference()
        self.accepting.append(request)
        self._accept()
        if request in self.accepting and timeout is not None:
            if timeout == 0:
                self._accept_timeout(request)
            else:
                request.timer = self.vm.timers.start(timeout, lambda: self._accept_timeout(request))
        self.watch()
        return request.reference

    def _accept(self) -> None:
        """Connections go to those who wait for one, first come, first served."""
        while self.accepting and (socket := self.socket.accept()) is not None:
            request = self.accepting.popleft()
            driver = self.vm.attach(request.caller, socket, CONNECTED, dict(self.options))
            driver._references = 0
            request.answer((a.ok, driver.port.id))

    def _accept_timeout(self, request: Request) -> None:
        self._forget_accept(request)
        request.answer((a.error, a.timeout))

    def _forget_accept(self, request: Request) -> None:
        request.drop()
        self.accepting.remove(request)
        self.watch()

    # Output

    @property
    def queued(self) -> int:
        """Bytes accepted from senders and not yet taken by the kernel."""
        return len(self.output)

    def command(self, caller: Pid, data: bytes) -> None:
        """Send ``data`` as one packet; ``caller`` gets ``{inet_reply, S, Status}``, now or when it has drained.

        Clauses: port_command/reply-goes-to-the-caller, port_command/one-reply-per-command,
            port_command/reply-waits-for-the-end-of-busy
        OTP: inet_drv.c: tcp_inet_commandv; inet_drv.c: tcp_sendv
        """
        self.handle("send", (caller, data))

    def write_or_queue(self, detail: tuple[Pid, bytes]) -> None:
        caller, data = detail
        try:
            packet = header(_framing(self.options["packet"]), len(data)) + data
        except BadPacket:
            self.reply(caller, (a.error, a.emsgsize))
            return
        if self.pending_shutdown is not None:
            self.waiting_senders.append(caller)
            self.handle("write_failure", a.epipe)
        elif self.output:
            self.output += packet
            if len(self.output) >= self.options["high_watermark"]:
                self._become_busy(caller)
            else:
                self.reply(caller, a.ok)
        else:
            self._write(caller, packet)

    def _write(self, caller: Pid, packet: bytes) -> None:
        try:
            written = self.socket.write(packet) if packet and self.options["delay_send"] is a.false else 0
        except SocketError as error:
            self.waiting_senders.append(caller)
            self._write_failed(error)
            return
        self.output += packet[written:]
        self.reply(caller, a.ok)

    def _write_failed(self, error: SocketError) -> None:
        # "epipe" is a reset that came earlier, unless this side has ended its own writing.
        reset = error.reason == "econnreset" or (error.reason == "epipe" and not self.write_ended)
        shown = reset and self.options["show_econnreset"] is a.true
        self.handle("write_failure", a.econnreset if shown else a.closed)

    def tell_when_flushed(self, pid: Pid) -> None:
        """Send ``{empty_out_q, S}`` to ``pid`` as soon as nothing is queued any more."""
        self.when_flushed.append(pid)

    def close_discards(self) -> bool:
        """Whether closing throws away what is queued: lingering is set to 0 seconds."""
        return self.socket.get_option("linger") == (a.true, 0)

    def _become_busy(self, caller: Pid) -> None:
        """This command fills the queue: its sender waits for the reply, later ones are suspended."""
        self.waiting_senders.append(caller)
        timeout = self.options["send_timeout"]
        if timeout == 0:
            self.handle("send_timeout")
            return
        self.port.set_busy(True)
        if timeout is not a.infinity and self.send_timer is None:
            self.send_timer = self.vm.timers.start(timeout, lambda: self.handle("send_timeout"))

    def _write_queue(self) -> None:
        """The kernel takes more: give it the queue."""
        try:
            written = self.socket.write(self.output)
        except SocketError as error:
            if self.port.closed:
                self.output.clear()
                self.release()
            else:
                self._write_failed(error)
            return
        del self.output[:written]
        if len(self.output) <= self.options["low_watermark"] and not self._goes_on_writing():
            self._no_longer_busy(a.ok)
        if not self.output:
            self._flushed()

    def _goes_on_writing(self) -> bool:
        """Whether the kernel takes the rest of a queue that has drained far enough, before anybody goes on."""
        waited_for = self.port.busy or self.waiting_senders
        return bool(self.output and waited_for and self.vm.choose("how far a queue drains", 2))

    def _flushed(self) -> None:
        if self.pending_shutdown is not None:
            direction, self.pending_shutdown = self.pending_shutdown, None
            self.socket.shutdown(direction)
        self._tell_flushed()
        if self.port.closed:
            self.release()

    def _tell_flushed(self) -> None:
        """Nothing is queued any more: whoever waits for that to close is told."""
        watchers, self.when_flushed = self.when_flushed, []
        if not watchers:
            return

        def tell() -> None:
            for pid in watchers:
                self.vm.send(pid, (a.empty_out_q, self.port.id))

        self.vm.now_or_late(tell)

    def _no_longer_busy(self, status: Term) -> None:
        self._cancel_send_timer()
        senders, self.waiting_senders = self.waiting_senders, []
        for sender in senders:
            self.reply(sender, status)
        if self.port.busy:
            self.port.set_busy(False)

    def _cancel_send_timer(self) -> None:
        if self.send_timer is not None:
            self.send_timer.cancel()
            self.send_timer = None

    def reply(self, caller: Pid, status: Term) -> None:
        """Tell a sender what came of its command."""
        self.vm.send(caller, (a.inet_reply, self.port.id, status))

    def reply_failure(self, reason: Atom) -> None:
        """Who waits for a reply is told of the failure."""
        self._no_longer_busy((a.error, reason if reason is a.econnreset else a.closed))

    def reply_timeout(self, _: object) -> None:
        self._no_longer_busy((a.error, a.timeout))

    def reply_remembered(self, detail: tuple[Pid, bytes]) -> None:
        """Sending without a connection: the first time the reason, then that there is none."""
        self.reply(detail[0], (a.error, self.pending_errors.pop("send", a.enotconn)))

    def remember_failure(self, reason: Atom) -> None:
        """Nobody owns up to a passive socket's failure: the next receive is told, and the next sender if none waits."""
        shown = reason if reason is a.econnreset else a.closed
        self.pending_errors["receive"] = shown
        if not self.waiting_senders or "send" in self.pending_errors:
            self.pending_errors["send"] = shown

    def release_sender(self, _: object) -> None:
        """The connection goes: who waits for a reply is told; if nobody waits, whoever sends to it later will be."""
        if not self.port.busy:
            self.pending_errors["send"] = a.closed
        self.release_blocked_sender(None)

    def release_blocked_sender(self, _: object) -> None:
        """The connection goes: who waits for a reply is told."""
        if self.port.busy and self.options["exit_on_close"] is a.true:
            self.drop_output(None)
            self._no_longer_busy((a.error, a.closed))

    def drop_output(self, _: object) -> None:
        self.output.clear()
        self._tell_flushed()

    # The end

    def disconnect(self, _: object) -> None:
        """The connection is gone; the port stays, and nobody waits for room any more."""
        self.state = DISCONNECTED
        self.drop_output(None)
        self._no_longer_busy((a.error, a.closed))
        self.socket.close()

    def disconnect_or_half_close(self, _: object) -> None:
        if self.options["exit_on_close"] is a.true:
            self.disconnect(None)
        else:
            self.state = HALF_CLOSED

    def disconnect_if_told(self, _: object) -> None:
        if self.options["send_timeout_close"] is a.true:
            self.disconnect(None)
            self.drop_input(None)
            self.answer((a.error, a.closed))

    def exit_or_half_close(self, _: object) -> None:
        if self.options["exit_on_close"] is a.true:
            self.exit()
        else:
            self.state = HALF_CLOSED
            self.read_stopped = True

    def exit_or_disconnect(self, _: object) -> None:
        if self.options["exit_on_close"] is a.true:
            self.exit()
        else:
            self.disconnect(None)

    def exit_for_or_disconnect(self, reason: Atom) -> None:
        if self.options["exit_on_close"] is a.true:
            self.exit(reason)
        else:
            self.disconnect(None)

    def exit(self, reason: Atom = a.normal) -> None:
        """End the port from within."""
        self.drop_output(None)
        self.port.exit_by_driver(reason)

    def shutdown(self, direction: Direction) -> None:
        """Half-close; after queued output, if it ends the writing. Raises :class:`Refused`.

        Clauses: closing/shutdown-write-delivers-what-was-sent, closing/shutdown-after-both-ends
        OTP: inet_drv.c: tcp_inet_ctl, case TCP_REQ_SHUTDOWN; inet_drv.c: tcp_shutdown_error
        """
        if self.state not in (CONNECTED, HALF_CLOSED):
            raise Refused(a.enotconn)
        self.write_ended = self.write_ended or direction != "read"
        if self.output and direction != "read":
            self.pending_shutdown = direction
            return
        try:
            self.socket.shutdown(direction)
        except SocketError as error:
            raise Refused(Atom(error.reason)) from None

    def stop(self) -> None:
        """The port is closed: pending requests are told so; queued output is still flushed, unless lingering is 0.

        Clauses: receiving/close-wakes-a-receive, ownership/closing-a-listener-releases-acceptors,
            closing/zero-linger-drops-pending-output
        OTP: inet_drv.c: tcp_inet_stop; inet_drv.c: tcp_close_check
        """
        self.answer((a.error, a.closed))
        while self.accepting:
            self.accepting.popleft().answer((a.error, a.closed))
        self.waiting_senders.clear()
        self._cancel_send_timer()
        if self.state is DISCONNECTED or self.state is GONE or self.close_discards():
            self.output.clear()
        self.watch()

    def release(self) -> None:
        """Nothing more is to be sent."""
        self.state = GONE
        self.socket.close()

    # Options

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        """Apply valid options in order, then act on what they changed. Raises :class:`BadOption`.

        Clauses: modes/turning-active-delivers-what-waits, modes/packet-type-applies-to-what-waits,
            closing/noticed-end-is-told-when-activated
        OTP: inet_drv.c: inet_set_opts
        """
        was_active, framing = self.active, self.options["packet"]
        for name, value in pairs:
            if name == "active":
                self.set_active(value)
            elif name in KERNEL_OPTIONS:
                self._set_kernel_option(name, value)
            else:
                self.options[name] = _adjusted(name, value)
                _adjust_partner(name, self.options)
        if _kind_of_mode(self.active) != _kind_of_mode(was_active):
            self.read_stopped = False
        same_framing = framing == self.options["packet"]
        if self.state is DISCONNECTED:  # every active mode that is set finds the connection gone
            news = any(name == "active" for name, _ in pairs)
        else:
            news = was_active is a.false or not same_framing
        if news and self.active is not a.false:
            self.handle("activated", same_framing and self.active is not a.true)
        self.watch()

    def set_opening_options(self, pairs: list[tuple[str, Term]]) -> None:
        """The same for the options that a socket is opened with. Raises :class:`BadOption`."""
        self.set_options(pairs)
        self.buffer_size = 0  # an active one has looked for input already, but nothing has been asked of it yet

    def inherit_mode(self, listener: TcpDriver) -> None:
        """An accepted socket is passive as it is made; now it gets the mode of its listener."""
        if listener.active is not a.false:
            self.set_options([("active", listener.active)])

    def pause(self) -> Term:
        """Become passive without a word to anybody; the mode until now."""
        mode, self.active = self.active, a.false
        return mode

    def go_on(self, mode: Term) -> None:
        """Have the mode again that :meth:`pause` took away."""
        self.active = mode
        if mode is not a.false:
            self.handle("activated", mode is not a.true)

    def set_active(self, value: Term) -> None:
        """Set the mode; an integer adds to the count. Raises :class:`BadOption` if the sum is too large.

        Clauses: modes/counts-add-up, modes/count-overflow-is-refused, modes/count-brought-to-zero-turns-passive
        OTP: inet_drv.c: inet_set_opts, case INET_LOPT_ACTIVE
        """
        if not isinstance(value, int):
            self.active = value
            return
        count = self.active if isinstance(self.active, int) else 0
        if count + value > MAX_COUNT:
            raise BadOption
        self.active = count + value if count + value > 0 else a.false
        if self.active is a.false:
            self.tell_passive()

    def _set_kernel_option(self, name: str, value: Term) -> None:
        if self.state in (DISCONNECTED, GONE):
            return
        self.socket.set_option(name, value)
        if name == "recbuf" and "buffer" not in self.options["explicit"]:
            self.options["buffer"] = max(self.options["buffer"], value)

    def get_options(self, names: Term) -> List:
        """The values of those options that can be had now. Raises :class:`BadOption` for an unknown one.

        Clauses: modes/getopts-answers, closing/kernel-options-after-a-noticed-end
        OTP: inet_drv.c: inet_fill_opts
        """
        pairs = []
        for name in names:
            if not isinstance(name, Atom):
                raise BadOption
            if name is a.active:
                pairs.append((name, self.active))
            elif name.name in DRIVER_OPTIONS:
                pairs.append((name, self.options[name.name]))
            elif name.name in KERNEL_OPTIONS:
                if self.state not in (DISCONNECTED, GONE):
                    pairs.append((name, self.socket.get_option(name.name)))
            else:
                raise BadOption
        return List(pairs)

    # What others ask

    @property
    def listening(self) -> bool:
        """Whether it is a listener."""
        return self.state is LISTENING

    @property
    def address(self) -> Address | None:
        """Its own address, unless the connection is gone."""
        return self.socket.address if self.state is not DISCONNECTED else None

    @property
    def port_number(self) -> int:
        """That of its own address, the connection be gone or not."""
        return self.socket.address[1]

    @property
    def remote(self) -> Address | None:
        """The other end's address while there is a connection."""
        return self.socket.remote if self.state in (CONNECTED, HALF_CLOSED) else None

    def awaits_kernel(self) -> bool:
        """Whether it reads what comes, or has to write when there is room."""
        return self._wants_input() or bool(self.output)

    def state_key(self, name: Namer) -> StateKey:
        """All that what happens next depends on, its port included, but not what the network knows of it."""
        slot = self.receiving
        return (
            (self.state.value, self.active, tuple(self.options.values())),
            None if slot is None else (name(slot.caller.pid), slot.timer is not None),
            tuple([name(request.caller.pid) for request in self.accepting]),
            (content(self.input), self.bytes_wanted, self.buffer_size, content(self.output)),
            tuple([name(pid) for pid in self.waiting_senders]),
            tuple([name(pid) for pid in self.when_flushed]),
            (self.send_timer is not None, self.pending_shutdown, self.write_ended, self.told_closed, self.read_stopped),
            self.http_headers,
            tuple(sorted(self.pending_errors.items())),
            self.port.state_key(name),
        )


def default_options() -> dict[str, Any]:
    """What a socket starts with."""
    return dict(_DEFAULTS)


_DEFAULTS: dict[str, Any] = {name: default for name, (default, _) in DRIVER_OPTIONS.items()} | {"explicit": frozenset()}


def _kind_of_mode(active: Term) -> Term:
    return "count" if isinstance(active, int) else active


def _framing(packet: Term) -> Term:
    return LINE if packet is a.line else 0 if packet is a.raw else packet


def _adjusted(name: str, value: Term) -> Term:
    if name.endswith("watermark") and not 0 <= value < 1 << 31:
        return 0
    return 0 if value is a.raw else value


def _adjust_partner(name: str, options: dict[str, Any]) -> None:
    """A high watermark is never below its low one: whichever was set pulls the other along."""
    if name == "buffer":
        options["explicit"] = options["explicit"] | {"buffer"}
    elif name.startswith("high_"):
        low = "low_" + name.removeprefix("high_")
        options[low] = min(options[low], options[name])
    elif name.startswith("low_"):
        high = "high_" + name.removeprefix("low_")
        options[high] = max(options[high], options[name])
