"""How OTP's inet driver departs from the reference where it closes.

A port that is closed and has output to send is only closing until that is sent. Its driver answers who asks it by a
control request (``io.c: erts_port_control`` finds a port that is closing), but what it says to processes reaches nobody
(``io.c: driver_send_term``): a receive is taken, and never answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from gen_tck.reference import atoms as a
from gen_tck.reference import prim_inet
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import DISCONNECTED, FREE, OPEN, TAKEN, Flow, Writing
from gen_tck.reference.file import begun
from gen_tck.reference.functions import Function
from gen_tck.reference.models.departure import Change, Departure
from gen_tck.reference.models.otp_inet_receiving import ReceiveTimers
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.reference.port import OpenPort
from gen_tck.reference.tables import Addition, Around, Edit, InFront, Instead, Row
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, Port, Term


class LingeringPort(OpenPort):
    """It can be found while it is closing, and the time of a send goes on (``inet_drv.c: tcp_inet_send_timeout``)."""

    def close(self, reason: Term) -> None:
        driver = self.driver
        assert isinstance(driver, TcpDriver)
        timer = driver.send_timer
        super().close(reason)
        if driver.queued:
            self.vm.closing[self.id] = self
            if timer is not None:
                self.vm.timers.start(timer.due - self.vm.timers.now, lambda: self._send_timeout(driver))

    def _send_timeout(self, driver: TcpDriver) -> None:
        if driver.queued and self.busy and driver.options["send_timeout_close"] is a.true:
            driver.handle("discarded")
            driver.release()


def _closing(process: Process, socket: Term) -> OpenPort | None:
    """The port of ``socket``, if it is closing."""
    port = process.vm.closing.get(socket) if isinstance(socket, Port) else None
    return port if isinstance(port, OpenPort) and port.driver.queued else None


@contextmanager
def _found(process: Process, socket: Term) -> Iterator[Process]:
    """While a request is made, a closing port is found; who makes it, or for that somebody whom no answer reaches."""
    port, ports = _closing(process, socket), process.vm.ports
    if port is None:
        yield process
        return
    ports[port.id] = port
    try:
        yield Process(process.vm, process.pid)
    finally:
        ports.pop(port.id, None)


def _asking(call: Function) -> Function:
    async def asked(process: Process, socket: Term, *args: Term) -> Term:
        if not process.vm.closing:  # mostly
            return await call(process, socket, *args)
        with _found(process, socket) as caller:
            return await call(caller, socket, *args)

    return asked


def _receives(call: Function) -> Function:
    ask = _asking(prim_inet.async_recv)

    async def recv(process: Process, socket: Term, length: Term, timeout: Term = -1) -> Term:
        """``prim_inet:recv/3`` asks, as everybody, and waits."""
        if _closing(process, socket) is None:
            return await call(process, socket, length, timeout)
        return await prim_inet.recv(process, socket, length, timeout, ask)

    return recv


def _lingers(port: OpenPort | None) -> int:
    """For how many milliseconds a closing port's output is waited for."""
    lingers = port.driver.lingers() if port is not None and isinstance(port.driver, TcpDriver) else None
    return prim_inet.CLOSE_LIMIT if lingers is None else lingers


def _waits(call: Function) -> Function:
    async def close(process: Process, socket: Term) -> Term:
        """``prim_inet:close/1``: it finds output, and waits for news of it that a closing port cannot send.

        It looks for itself every five seconds (``prim_inet.erl: close_pend_loop/3``).
        """
        port = _closing(process, socket)
        until, first = process.vm.timers.now + _lingers(port), port.driver.queued if port is not None else 0
        while (port := _closing(process, socket)) is not None and process.vm.timers.now < until:
            await process.receive(lambda _: None, min(prim_inet.CLOSE_STEP, until - process.vm.timers.now))
            if port.driver.queued == first:
                break
        return await call(process, socket)

    return close


def _sends_files(call: Function) -> Function:
    def begin(process: Process, socket: Term, content: bytes, offset: int, length: int) -> Atom | None:
        """``prim_inet:sendfile/4`` asks, as everybody, and waits."""
        with _found(process, socket) as caller:
            return begun(caller, socket, content, offset, length)

    return partial(call, begin=begin)


FUNCTIONS: dict[str, Change] = {
    "file.sendfile/2": _sends_files,
    "file.sendfile/5": _sends_files,
    "erlang.port_info/1": _asking,
    "erlang.port_info/2": _asking,
    "inet.getopts/2": _asking,
    "inet.setopts/2": _asking,
    "inet.port/1": _asking,
    "inet.sockname/1": _asking,
    "inet.peername/1": _asking,
    "inet.socknames/1": _asking,
    "inet.peernames/1": _asking,
    "prim_inet.async_recv/3": _asking,
    "inet.getstat/1": _asking,
    "inet.getstat/2": _asking,
    "prim_inet.recv/3": _receives,
    "prim_inet.unrecv/2": _asking,
    "prim_inet.getopts/2": _asking,
    "prim_inet.setopts/2": _asking,
    "prim_inet.close/1": _waits,
    "gen_tcp.close/1": _waits,
}
"""What is made of calls, by ``module.name/arity``."""


class SlotIsLeft(ReceiveTimers):
    """A receive is forgotten that nobody has answered."""

    def leave_slot(self, _: object) -> None:
        """The receive is not known any more."""
        self.handle("left")

    def forget_receive(self, _: object) -> None:
        """Nobody is told."""
        self.receiving = None


LEFT = (
    Addition("receive slot", Row((TAKEN,), "left", ("forget_receive",), FREE)),
    Addition("receive slot", Row((FREE,), "left", ())),
)


def forget_who_receives(driver: TcpDriver) -> None:
    """The answer to a receive goes to somebody whom none reaches."""
    request = driver.receiving
    if request is not None:
        request.caller.at_end.pop(request, None)
        request.caller = Process(driver.vm, request.caller.pid)


class ClosingPortTellsNobody(TcpDriver):
    """``tcp_inet_stop``."""

    def tell_nobody_if_queued(self, _: object) -> None:
        """With output to be sent, neither who waits for that nor who waits for input is told."""
        if self.output:
            self.when_flushed.clear()
            forget_who_receives(self)


class SendersAreReleased(TcpDriver):
    """``tcp_recv_closed``, ``tcp_recv_error``, ``tcp_inet_output``."""

    still_writes: bool = False  # the kernel is asked for room though the queue was dropped

    def watch(self) -> None:
        super().watch()
        if self.still_writes and self.state in OPEN and not self.has_to_write():
            self.socket.watch(self.wants_input(), True)

    def awaits_kernel(self) -> bool:
        return super().awaits_kernel() or self.still_writes

    def end_writing_if_noted(self, _: object) -> None:
        """There is room, and nothing to write: a shutdown that was to follow the queue is done."""
        self.still_writes = False
        if self.writing is Writing.ENDING:
            try:
                self.handle("sent")
            except SocketError as error:  # the connection is gone meanwhile
                self.write_failed(error)

    def release_blocked_sender(self, detail: object) -> None:
        self.release_waiting_sender(detail)

    def release_waiting_sender(self, _: object) -> None:
        if self.flow is Flow.BUSY:  # a port that is only closing is not busy, its driver is
            self.handle("dropped")
            self.handle("let_go", (a.error, a.closed))
            self.still_writes = True
            self.release_if_closed(None)


class BusyPort(OpenPort):
    """``tcp_close_check`` looks for the state of a connection alone, and ``INET_F_BUSY`` is in it, too."""

    def exit_signal(self, sender: Term, reason: Term, *, linked: bool = False) -> None:
        driver = self.driver
        assert isinstance(driver, TcpDriver)
        if reason is a.kill and driver.flow is Flow.BUSY:
            forget_who_receives(driver)
        super().exit_signal(sender, reason, linked=linked)


class ExitTellsNoCloser(TcpDriver):
    """``driver_exit``."""

    def exit_for(self, reason: Atom) -> None:
        self.when_flushed.clear()
        super().exit_for(reason)


TELLS_NOBODY = Departure(
    "otp-inet/closing-port-tells-nobody",
    "until its output is sent a closed port is only closing: it can be asked, and what it says to processes reaches "
    "nobody",
    otp="inet_drv.c: tcp_inet_stop",
    clauses=(
        "async_recv/closing-port-refuses",
        "closing/closed-socket-ends-a-waiting-close",
        "ownership/dead-owners-output-holds-no-receiver",
    ),
    edits=(
        Around(OPEN, "closed", "close_discards", first=("tell_nobody_if_queued",)),
        Around(OPEN, "closed", "sends_a_file", first=("tell_nobody_if_queued",)),
        InFront(OPEN, "closed", "", (Instead(("tell_nobody_if_queued", "forget_senders"), when="has_output"),)),
    ),
    driver=ClosingPortTellsNobody,
    port=LingeringPort,
    functions=FUNCTIONS,
)
LOST = Departure(
    "otp-inet/close-of-a-lost-connection-answers-nobody",
    "those who wait are looked for only while there is a connection",
    otp="inet_drv.c: tcp_close_check",
    clauses=("receiving/close-wakes-a-receive-of-a-lost-connection",),
    edits=(Edit((DISCONNECTED,), "closed", "", (Instead(("leave_slot",)),)), *LEFT),
    driver=SlotIsLeft,
)
EXIT = Departure(
    "otp-inet/exit-tells-no-closer",
    "when the driver ends its port, who waits for the queue to close is not told",
    otp="inet_drv.c: tcp_recv_closed",
    clauses=("closing/closed-socket-ends-a-waiting-close",),
    driver=ExitTellsNoCloser,
)
BUSY = Departure(
    "otp-inet/busy-port-that-is-killed-answers-nobody",
    "a port that is busy and gets an exit signal with the reason kill ends without a word to who receives",
    otp="inet_drv.c: tcp_close_check",
    clauses=("port_command/kill-answers-who-receives",),
    port=BusyPort,
)
CLOSING = (LOST, TELLS_NOBODY, EXIT, BUSY)
