"""Who is told of the end of a socket that is no port: a process keeps a list, the registry."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.links import DOWN
from gen_tck.reference.vm import Process, Vm
from gen_tck.spec.terms import Reference, Term


class Monitored:
    """A socket as the registry knows it."""

    def __init__(self) -> None:
        self._monitors: list[tuple[Reference, Process, Term]] = []

    def monitored_by(self) -> list[Process]:
        """Who is told."""
        return [process for _, process, _ in self._monitors]

    def tell_monitors(self, vm: Vm) -> None:
        """The socket is closed: the registry learns of it by a message, and tells of it by others."""
        if not self._monitors:
            return
        if vm.choose("a closed socket is told of at once", 2):
            self._tell_of_end()
        else:
            vm.spawn(self._registry)

    async def _registry(self, registry: Process) -> None:
        self._tell_of_end()

    def _tell_of_end(self) -> None:
        for reference, watcher, named in self._monitors:
            watcher.deliver((DOWN, reference, a.socket, named, a.closed))

    def monitor(self, process: Process, reference: Reference, named: Term) -> None:
        """Tell ``process`` of the end; the last one first.

        OTP: socket_registry.erl: do_monitor_socket/4
        """
        self._monitors.insert(0, (reference, process, named))

    def demonitor(self, reference: Reference) -> bool:
        """Forget a monitor; whether there was one."""
        before = len(self._monitors)
        self._monitors = [each for each in self._monitors if each[0] != reference]
        return len(self._monitors) < before
