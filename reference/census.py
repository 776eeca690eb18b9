"""How many there are of what calls make: what is left when it should be gone can be seen by that."""

from __future__ import annotations

from gen_tck.reference.driver.socket_vm import SocketVm
from gen_tck.spec.counted import Counted


def census(vm: SocketVm) -> dict[Counted, int]:
    """By kind, as PROTOCOL.md has them. Links and monitors are counted at each of their ends."""
    processes, ports = tuple(vm.processes.values()), tuple(vm.ports.values())
    linked = [*(len(each.links) for each in processes), *(len(each.links) for each in ports)]
    watched = [*(len(each.monitored_by) for each in processes), *(len(each.monitored_by) for each in ports)]
    return {
        "processes": len(processes),
        "sockets": len(ports) + len(vm.resources),
        "links": sum(linked),
        "monitors": sum(len(each.monitoring) for each in processes) + sum(watched) + len(vm.remembered),
        "timers": len(vm.timers.key()),
        "names": len(vm.names),
        "descriptors": sum(not each.closed for each in vm.descriptors),
    }
