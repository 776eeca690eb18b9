"""Ports: an owner, links, a queue of output, and callers suspended while it is busy.

What is the port? In the classic implementation the socket *is* a port: an instance of the linked-in driver
``tcp_inet``. When is it busy? When its driver says so, see ``driver/flow.py``: while it is busy, a
process that sends it a command is suspended, unless it asked not to be.
"""

from __future__ import annotations

from typing import Protocol

from gen_tck.reference import atoms as a
from gen_tck.reference.errors import badarg
from gen_tck.reference.links import DOWN, AnyProcess
from gen_tck.reference.state_key import Namer, StateKey
from gen_tck.reference.vm import Process, Vm
from gen_tck.spec.terms import Improper, List, Pid, Port, Reference, Term


class Driver(Protocol):
    """What a driver does for its port."""

    name: str

    @property
    def queued(self) -> int:
        """Bytes of output not yet given to the kernel."""

    def command(self, caller: Pid, data: bytes) -> None:
        """Execute one output command; the reply, if any, goes to ``caller``."""

    def discard(self) -> None:
        """What is queued is lost."""

    def stop(self) -> None:
        """The port is closed: nothing more comes in. Output that is queued may still be flushed."""

    def release(self) -> None:
        """The last output is flushed or given up: free everything."""


class OpenPort:
    """One port. It is closed for everybody at :meth:`close`, and gone once its output is flushed."""

    def __init__(self, vm: Vm, owner: Process) -> None:
        self.vm = vm
        self.id = Port(vm.number())
        self.owner = owner.pid
        self.links: set[Pid] = set()
        self.monitored_by: dict[Reference, Pid] = {}
        self.suspended: list[Process] = []
        self.busy = False
        self.closed = False
        self.module: Term = a.undefined
        """Which module serves it, :mod:`gen_tck.reference.inet_db`."""
        self.commanded = 0
        """Bytes that it was told to send. What is only told: nothing depends on it."""
        self.told = 0
        """Bytes of which it told its owner as other ports do: what it tells as a socket does not count."""
        self.close_is_answered = False
        """Whether its end is told to the owner, who asked for it by a message."""
        self.driver: Driver
        vm.ports[self.id] = self
        vm.link(owner.pid, self.id)

    def state_key(self, name: Namer) -> StateKey:
        """All of it that what happens next depends on, but for its driver's fields."""
        return (
            (
                self.closed,
                self.busy,
                self.told,
                self.close_is_answered,
                self.module,
                name(self.owner),
                frozenset([name(pid) for pid in self.links]),
            ),
            tuple([name(process.pid) for process in self.suspended]),
            tuple([name(pid) for pid in self.monitored_by.values()]),
        )

    # Output

    async def command(
        self, caller: Process, data: Term, *, force: bool = False, nosuspend: bool = False, owner: Pid | None = None
    ) -> bool:
        """``port_command/3``: ``False`` if it was aborted because the port is busy.

        ``owner``: in whose name it is given, by a message; ``error:badarg`` if that is not the owner.

        The order of the checks is the order in which a caller can tell them apart: options (by the caller of this),
        the port, busy, and only then the owner and the data.

        Clauses: port_command/message-of-a-stranger-waits-too,
            port_command/busy-port-suspends-its-caller, port_command/force-beats-nosuspend,
            port_command/refused-command-looks-at-no-data
        OTP: erl_bif_port.c: erts_internal_port_command_3; io.c: erts_port_output
        """
        if self.busy and not force:
            if nosuspend:
                return False
            await self.suspend(caller)
        if owner not in (None, self.owner):
            raise badarg()
        payload = iodata(data)
        self.commanded += len(payload)
        self.driver.command(caller.pid, payload)
        return True

    async def suspend(self, caller: Process) -> None:
        """Until it is not busy any more. Raises ``error:badarg`` if it is closed meanwhile."""
        self.suspended.append(caller)
        caller.suspended_by = self
        self.vm.suspended(caller, self)
        while caller.suspended_by is not None:
            await caller.give_way()
        caller.check_doom()
        if self.closed:
            raise badarg()
        if self.busy:
            await self.busy_again(caller)

    async def busy_again(self, caller: Process) -> None:
        """Somebody who was let go earlier has made it busy again."""
        await self.suspend(caller)

    def forget(self, caller: AnyProcess) -> None:
        """A caller that it has suspended ends; it may have been let go already."""
        self.suspended = [each for each in self.suspended if each is not caller]

    def set_busy(self, busy: bool) -> None:
        """The driver says whether the port is busy; when it no longer is, everybody suspended goes on.

        Clauses: port_command/all-suspended-callers-go-on, port_command/busy-from-the-high-watermark-on
        OTP: erl_driver:set_busy_port; io.c: erts_port_resume_procs
        """
        self.busy = busy
        if not busy:
            self._resume()

    def _resume(self) -> None:
        waiting, self.suspended = self.suspended, []

        def go_on() -> None:
            for process in waiting:
                process.resume()

        if waiting and not self.closed:
            self.vm.now_or_late(go_on)
        else:
            go_on()

    # Owner and end

    def connect(self, new_owner: Pid) -> None:
        """``port_connect/2``: another owner, linked; the old one keeps its link.

        Clauses: port_command/port-connect-hands-the-port-over
        OTP: io.c: erts_port_connect
        """
        self.owner = new_owner
        self.vm.link(new_owner, self.id)

    def connect_by_message(self, new_owner: Pid) -> None:
        """``{Owner, {connect, New}}``: another owner, alive or not, and not linked; the old one is told.

        Clauses: port_command/connect-message-names-another-owner, port_command/connect-message-links-nobody
        OTP: io.c: port_sig_connect
        """
        former, self.owner = self.owner, new_owner
        self.vm.send(former, (self.id, a.connected))

    def close_by_message(self) -> None:
        """``{Owner, close}``: the owner is told when all is sent that was to be sent.

        Clauses: port_command/close-message-is-answered, port_command/closed-comes-when-all-is-sent
        OTP: io.c: port_sig_close; io.c: terminate_port
        """
        self.close_is_answered = True
        self.close(a.normal)

    def released(self) -> None:
        """The driver has nothing more to do for it."""
        if self.close_is_answered:
            self.vm.send(self.owner, (self.id, a.closed))

    def exit_signal(self, sender: Term, reason: Term, *, linked: bool = False) -> None:
        """An exit signal closes the port, ``normal`` too unless it is a link to another than the owner that brings it.

        ``kill`` leaves no time to send what is queued.

        Clauses: ownership/owners-end-closes-the-socket, ownership/exit-signals-may-close-a-socket,
            port_command/linked-stranger-may-end-normally, port_command/kill-drops-what-is-queued
        OTP: io.c: erts_port_exit; io.c: erts_deliver_port_exit
        """
        if reason is a.normal and linked and sender != self.owner:
            return
        if reason is a.kill:
            self.driver.discard()
        self.close(a.killed if reason is a.kill else reason)

    def close(self, reason: Term) -> None:
        """Close: links and monitors are told, callers resume to find it closed, queued output is flushed.

        Clauses: ownership/sent-data-outlives-the-owner, ownership/monitor-tells-of-the-close,
            port_command/closed-under-a-suspended-caller
        OTP: io.c: erts_deliver_port_exit; io.c: flush_port
        """
        if self.closed:
            self._release_when_sent()
            return
        self.closed = True
        del self.vm.ports[self.id]
        self.vm.forget_name(self.id)
        ending = self.signal_links(reason)
        for reference, watcher in self.monitored_by.items():
            self.vm.fire(watcher, reference, self.down(reference, reason))
        for process in ending:
            process.exit_signal(self.id, reason, linked=True)
        self.driver.stop()
        self._resume()
        self._release_when_sent()

    def down(self, reference: Reference, reason: Term) -> Term:
        """What who monitors it is told when it closes."""
        return (DOWN, reference, a.port, self.id, reason)

    def _release_when_sent(self) -> None:
        if self.driver.queued == 0:
            self.driver.release()

    def signal_links(self, reason: Term) -> list[Process]:
        """Everybody linked has the exit signal before anybody can find the port closed. Those whom it ends are left.

        That takes them a moment, in which everybody else is told.
        """
        links, self.links = self.links, set()
        ending: list[Process] = []
        for pid in sorted(links, key=lambda each: each.number):
            process = self.vm.processes.get(pid)
            if process is not None:
                process.links.discard(self.id)
                if process.trap_exit or reason is a.normal:
                    process.exit_signal(self.id, reason, linked=True)
                else:
                    ending.append(process)
        return ending

    def exit_by_driver(self, reason: Term) -> None:
        """The driver ends its port: the owner is unlinked first, so it sees no exit signal.

        Clauses: ownership/peers-end-is-a-message-and-nothing-else, port_command/links-are-told-why
        OTP: io.c: driver_exit
        """
        owner = self.vm.processes.get(self.owner)
        if owner is not None:
            owner.links.discard(self.id)
        self.links.discard(self.owner)
        self.close(reason)


def find_port(vm: Vm, handle: Term) -> OpenPort | None:
    """The open port that ``handle`` stands for; ``None`` if it is closed, or ``handle`` is something else."""
    port = vm.ports.get(handle) if isinstance(handle, Port) else None
    return port if isinstance(port, OpenPort) else None


def iodata(data: Term) -> bytes:
    """The bytes of iodata. Raises ``error:badarg`` for anything else."""
    if isinstance(data, bytes):
        return data
    if not isinstance(data, (List, Improper)):
        raise badarg()
    out = bytearray()
    _append(data, out)
    return bytes(out)


def _append(data: Term, out: bytearray) -> None:
    elements = data if isinstance(data, List) else data.heads
    for each in elements:
        if isinstance(each, int):
            if not 0 <= each <= 255:
                raise badarg()
            out.append(each)
        elif isinstance(each, bytes):
            out += each
        elif isinstance(each, (List, Improper)):
            _append(each, out)
        else:
            raise badarg()
    if isinstance(data, Improper):
        if not isinstance(data.tail, bytes):
            raise badarg()
        out += data.tail
