"""Planted faults that leave something behind: each is right in all else, so that only a census shows it."""

from __future__ import annotations

from copy import copy

from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.receiving import Receive
from gen_tck.reference.functions import Function
from gen_tck.reference.models.departure import Departure
from gen_tck.reference.port import OpenPort
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Port, Reference, Term

_CALL = "closing/nothing-outlives-its-call"
_PROCESSES = "closing/nothing-outlives-its-processes"
_SOCKET = "closing/nothing-outlives-its-socket"


class KeptPort(OpenPort):
    """A port that is kept when it is closed, where nobody finds it."""

    def close(self, reason: Term) -> None:
        if not self.closed:
            self.vm.resources[Reference(self.vm.number())] = self
        super().close(reason)

    def awaits_kernel(self) -> bool:
        """Whether it does: it is closed."""
        return False


class HalfUnlinkedPort(OpenPort):
    """A port to which those are linked for ever whom its end does not end."""

    def signal_links(self, reason: Term) -> list[Process]:
        linked = [process for pid in self.links if (process := self.vm.processes.get(pid)) is not None]
        ending = super().signal_links(reason)
        for process in linked:
            process.links.add(self.id)
        return ending


class DescriptorIsKept(TcpDriver):
    """It is copied before it is closed, and the copy is not."""

    def close_descriptor(self, _: object) -> None:
        self.vm.took(copy(self.socket))
        super().close_descriptor(_)


class ReceiveKeepsItsTimer(TcpDriver):
    """It passes, and nothing comes of it."""

    def begin_its_time(self, receive: Receive) -> None:
        super().begin_its_time(receive)
        if receive[2]:
            self.vm.timers.start(receive[2], lambda: None)


def with_helper(function: Function) -> Function:
    """Each call has a process made that never ends."""

    async def helped(process: Process, *args: Term) -> Term:
        process.vm.spawn(lambda helper: helper.receive())
        return await function(process, *args)

    return helped


def with_monitor(function: Function) -> Function:
    """Each call monitors the socket that it is given, as its process remembers for ever and the socket does not."""

    async def watching(process: Process, socket: Term, *args: Term) -> Term:
        if isinstance(socket, Port) and socket in process.vm.ports:
            process.monitoring[Reference(process.vm.number())] = socket
        return await function(process, socket, *args)

    return watching


LEAVING = (
    Departure(
        "planted/port-outlives-its-close",
        "a closed port is kept for ever, where nobody finds it",
        clauses=(_PROCESSES, _SOCKET),
        port=KeptPort,
    ),
    Departure(
        "planted/link-outlives-its-port",
        "who was linked to a port that is closed still is",
        clauses=(_SOCKET,),
        port=HalfUnlinkedPort,
    ),
    Departure(
        "planted/descriptor-outlives-its-port",
        "a copy of the descriptor of a closed socket is left",
        clauses=(_PROCESSES, _SOCKET),
        driver=DescriptorIsKept,
    ),
    Departure(
        "planted/monitor-outlives-its-call",
        "asking for options leaves a monitor of the socket",
        clauses=(_CALL,),
        functions={"inet.getopts/2": with_monitor},
    ),
    Departure(
        "planted/process-outlives-its-call",
        "a receive with a timeout leaves a process",
        clauses=(_PROCESSES, _SOCKET),
        functions={"gen_tcp.recv/3": with_helper},
    ),
    Departure(
        "planted/timer-outlives-its-receive",
        "a receive that is answered in time leaves its timer",
        clauses=(_PROCESSES, _SOCKET),
        driver=ReceiveKeepsItsTimer,
    ),
)
