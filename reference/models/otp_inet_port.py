"""A port of OTP's inet driver: it may be busy and let somebody through, and closed and only closing.

Callers that a port lets go run on several schedulers: one may find it free before another has made it busy again. Then
its command is executed all the same, or is put aside until the port is free, without its caller being suspended
(``erl_port_task.c: busy_wait_move_to_busy_queue``).

A port that is closed and has output to send is only closing until that is sent. Its driver answers who asks it by a
control request (``io.c: erts_port_control`` finds a port that is closing), but what it says to processes reaches nobody
(``io.c: driver_send_term``): a receive is taken, and never answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gen_tck.reference import atoms as a
from gen_tck.reference import gen_tcp, inet, prim_inet
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.errors import badarg
from gen_tck.reference.functions import Function
from gen_tck.reference.port import OpenPort
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Port, Term

_SUSPENDED, _, _QUEUED = range(3)


class ClassicPort(OpenPort):
    """It can be found while it is closing, and the time of a send goes on (``inet_drv.c: tcp_inet_send_timeout``)."""

    async def busy_again(self, caller: Process) -> None:
        how = self.vm.choose("how a caller goes on while another makes the port busy", 3)
        if how == _SUSPENDED:
            await self.suspend(caller)
        elif how == _QUEUED:
            self.suspended.append(caller)
            while any(each is caller for each in self.suspended):
                await caller.give_way()
            if self.closed:
                raise badarg()

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
        with _found(process, socket) as caller:
            return await call(caller, socket, *args)

    return asked


async def close(process: Process, socket: Term) -> Term:
    """``prim_inet:close/1``: it finds output, and waits for news of it that a closing port cannot send.

    It looks for itself every five seconds (``prim_inet.erl: close_pend_loop/3``).
    """
    until = process.vm.timers.now + prim_inet.CLOSE_LIMIT
    while (port := _closing(process, socket)) is not None and process.vm.timers.now < until:
        before = port.driver.queued
        await process.receive(lambda _: None, prim_inet.CLOSE_STEP)
        if port.driver.queued == before:
            break
    return await gen_tcp.close(process, socket)


FUNCTIONS: dict[str, Function] = {
    "inet.getopts/2": _asking(inet.getopts),
    "inet.setopts/2": _asking(inet.setopts),
    "inet.port/1": _asking(inet.port),
    "inet.sockname/1": _asking(inet.sockname),
    "inet.peername/1": _asking(inet.peername),
    "prim_inet.async_recv/3": _asking(prim_inet.async_recv),
    "prim_inet.unrecv/2": _asking(prim_inet.unrecv),
    "gen_tcp.close/1": close,
}
"""The calls of which something else comes, by ``module.name/arity``."""
