"""Who is there and connected with whom: names, links, monitors, and messages and exit signals on their way."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from gen_tck.reference import atoms as a
from gen_tck.spec.terms import Atom, Pid, Port, Reference, Term

DOWN = Atom("DOWN")


class AnyProcess(Protocol):
    """What is known here of a process (:class:`gen_tck.reference.vm.Process`)."""

    pid: Pid
    links: set[Pid | Port]
    monitored_by: dict[Reference, Pid]
    monitoring: dict[Reference, Pid | Port]

    def deliver(self, message: Term) -> None:
        """A message arrives."""

    def exit_signal(self, sender: Term, reason: Term, *, linked: bool = False) -> None:
        """An exit signal arrives."""


P = TypeVar("P", bound=AnyProcess)


class AnyPort(Protocol):
    """What is known here of a port (:class:`gen_tck.reference.port.OpenPort`): as of a process, how it is connected."""

    id: Port
    links: set[Pid]
    monitored_by: dict[Reference, Pid]

    def exit_signal(self, sender: Term, reason: Term, *, linked: bool = False) -> None:
        """An exit signal arrives."""

    def forget(self, caller: AnyProcess) -> None:
        """A process that it has suspended ends."""


class Links(Generic[P]):
    """The tables of processes, ports and names, and what connects them."""

    def __init__(self) -> None:
        self.processes: dict[Pid, P] = {}
        self.ports: dict[Port, AnyPort] = {}
        self.closing: dict[Port, AnyPort] = {}
        """Ports that are closed, where some implementation still finds them."""
        self.names: dict[Atom, Pid | Port] = {}
        self.remembered: set[Reference] = set()
        """Monitors of sockets, where some implementation remembers them for itself."""
        self._numbers = 0

    def number(self) -> int:
        """A number never given before, for a handle."""
        self._numbers += 1
        return self._numbers

    def send(self, to: Pid, message: Term) -> None:
        """Deliver ``message`` if ``to`` lives."""
        process = self.processes.get(to)
        if process is not None:
            process.deliver(message)

    def _end_of(self, one: Pid | Port) -> P | AnyPort | None:
        return self.processes.get(one) if isinstance(one, Pid) else self.ports.get(one)

    def link(self, pid: Pid, other: Pid | Port) -> bool:
        """Link a process with another, or with a port; ``False`` if one of them is gone."""
        one, two = self.processes.get(pid), self._end_of(other)
        if one is None or two is None:
            return False
        one.links.add(other)
        two.links.add(pid)
        return True

    def unlink(self, pid: Pid, other: Pid | Port) -> None:
        """Remove the link between the two, if there is one."""
        one, two = self.processes.get(pid), self._end_of(other)
        if one is not None:
            one.links.discard(other)
        if two is not None:
            two.links.discard(pid)

    def signal_exit(self, to: Pid | Port, sender: Term, reason: Term, *, linked: bool = False) -> None:
        """Send an exit signal to a process or a port."""
        if isinstance(to, Pid):
            process = self.processes.get(to)
            if process is not None:
                process.exit_signal(sender, reason, linked=linked)
        else:
            port = self.ports.get(to)
            if port is not None:
                port.exit_signal(sender, reason, linked=linked)

    def monitor(self, watcher: P, target: Pid | Port) -> Reference:
        """Let ``watcher`` be told when ``target`` ends; at once if it is gone."""
        reference = Reference(self.number())
        watched = self._end_of(target)
        if watched is None:
            kind = a.process if isinstance(target, Pid) else a.port
            watcher.deliver((DOWN, reference, kind, target, a.noproc))
        else:
            watched.monitored_by[reference] = watcher.pid
            watcher.monitoring[reference] = target
        return reference

    def fire(self, watcher: Pid, reference: Reference, message: Term) -> None:
        """Tell who monitors something that it has ended: then the monitor is no more."""
        process = self.processes.get(watcher)
        if process is not None:
            process.monitoring.pop(reference, None)
            process.deliver(message)

    def drop_monitor(self, target: Pid | Port, reference: Reference) -> None:
        """Forget one monitor, if it is there."""
        watched = self._end_of(target)
        if watched is not None:
            watched.monitored_by.pop(reference, None)

    def find(self, name_or_id: Term) -> Pid | Port | None:
        """The process or port a term stands for: itself, or what is registered under an atom."""
        if isinstance(name_or_id, Atom):
            return self.names.get(name_or_id)
        return name_or_id if isinstance(name_or_id, (Pid, Port)) else None

    def forget_name(self, owner: Pid | Port) -> None:
        """Unregister whatever name ``owner`` has."""
        for name in [name for name, holder in self.names.items() if holder == owner]:
            del self.names[name]
