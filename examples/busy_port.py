"""Who watches busy ports: ``erlang:system_monitor`` tells whom a slow client holds up.

Run it: ``python examples/busy_port.py``. ``busy_port.erl`` is the same program for Erlang; both print the same.
"""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference import gen_tcp, inet, port_command, system_monitor
from gen_tck.reference.system import SimulatedSystem
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import List, Pid, Term, show, term

HOST: Term = (127, 0, 0, 1)
LISTENING = term(["binary", ("active", False), ("sndbuf", 4096), ("ip", HOST)])
CONNECTING = term(["binary", ("active", False), ("recbuf", 4096)])
BIG, SMALL = 1_000_000, 10_000


def ok(answer: Term) -> Term:
    """``Value`` of ``{ok, Value}``."""
    match answer:
        case (a.ok, value):
            return value
    raise ValueError(f"{show(answer)} is not {{ok, Value}}")


def said(value: bool) -> str:
    """``true`` or ``false``."""
    return str(value).lower()


async def handler(self: Process, main: Pid) -> None:
    """It looks at the port: whose it is, and how much it has to send.

    ::

        receive
            {monitor, Pid, busy_port, Port} ->
                {connected, Owner} = erlang:port_info(Port, connected),
                {queue_size, Size} = erlang:port_info(Port, queue_size),
                ...
        end.
    """
    await system_monitor.system_monitor(self, self.pid, term(["busy_port"]))
    self.vm.send(main, a.ready)
    while True:
        match await self.receive():
            case (a.monitor, pid, a.busy_port, port):
                _, name = await port_command.port_info(self, port, a.name)
                _, owner = await port_command.port_info(self, port, a.connected)
                _, size = await port_command.port_info(self, port, a.queue_size)
                ((_, pending),) = ok(await inet.getstat(self, port, term(["send_pend"])))
                text = bytes(name).decode()
                print(f"handler: a port {text} is busy, with bytes to send: {said(size > 0 and pending > 0)}")
                print(f"handler: its owner is held up: {said(owner == pid)}")
                self.vm.send(main, (a.held_up, pid))
            case a.stop:
                me, events = await system_monitor.system_monitor(self, a.undefined)
                print(f"handler: I was told of {show(events)}: {said(me == self.pid)}")
                return


async def main(self: Process) -> None:
    """A client that does not read, and who sends to it."""
    handling = self.vm.spawn(lambda me: handler(me, self.pid)).pid
    await self.receive()
    listener = ok(await gen_tcp.listen(self, 0, LISTENING))
    peer = ok(await gen_tcp.connect(self, HOST, ok(await inet.port(self, listener)), CONNECTING))
    socket = ok(await gen_tcp.accept(self, listener))
    print(f"sender: {show(await gen_tcp.send(self, socket, bytes(BIG)))}: the first bytes wait in the port")
    for _ in range(2):
        self.vm.spawn(lambda me: sender(me, socket, self.pid))
    _, pid = await self.receive()
    print(f"sender: one of two is suspended: {said(self.vm.processes[pid].suspended_by is not None)}")
    print("client: it reads at last")
    read = 0
    while read < BIG + 2 * SMALL:
        read += len(ok(await gen_tcp.recv(self, peer, 0)))
    answers = [(await self.receive())[1] for _ in range(2)]
    print(f"sender: {show(List(answers))}")
    self.vm.send(handling, a.stop)


async def sender(self: Process, socket: Term, main: Pid) -> None:
    """It sends, and says what comes of it."""
    self.vm.send(main, (a.sent, await gen_tcp.send(self, socket, bytes(SMALL))))


if __name__ == "__main__":
    system = SimulatedSystem()
    system.spawn(main)
    system.settle()
