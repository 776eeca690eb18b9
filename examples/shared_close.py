"""A socket is closed that other processes use, and what each of them sees of it.

Run it: ``python examples/shared_close.py``. ``shared_close.erl`` is the same program for Erlang; both print the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gen_tck.reference import atoms as a
from gen_tck.reference import erlang, gen_tcp, inet
from gen_tck.reference.system import SimulatedSystem
from gen_tck.reference.vm import EXIT, Process
from gen_tck.spec.terms import Pid, Term, show, term

HOST: Term = (127, 0, 0, 1)
LISTENING = term(["binary", ("active", False), ("ip", HOST)])
CONNECTING = term(["binary", ("active", False)])

End = Callable[[Process, Pid, Term], Awaitable[object]]
"""What ends the socket: done by a process that is not its owner, to the owner, or to the socket."""
User = Callable[[Process, Term, Callable[[], None]], Awaitable[Term]]
"""Uses the socket; calls its last argument when it has begun to."""


def ok(answer: Term) -> Term:
    """``Value`` of ``{ok, Value}``."""
    match answer:
        case (a.ok, value):
            return value
    raise ValueError(f"{show(answer)} is not {{ok, Value}}")


async def owner(self: Process, listener: Term, main: Pid) -> None:
    """It owns the socket, and does what it is told."""
    socket = ok(await gen_tcp.accept(self, listener))
    self.vm.send(main, (a.socket, socket))
    while await self.receive() is a.close:
        await gen_tcp.close(self, socket)


async def reader(self: Process, socket: Term, begun: Callable[[], None]) -> Term:
    """It waits for data: ``gen_tcp:recv(Socket, 0)``."""
    begun()
    return await gen_tcp.recv(self, socket, 0)


async def watcher(self: Process, socket: Term, begun: Callable[[], None]) -> Term:
    """It watches: ``receive {'DOWN', Ref, port, Socket, Reason} -> {'DOWN', Reason} end``."""
    await erlang.monitor(self, a.port, socket)
    begun()
    down, _, _, _, reason = await self.receive()
    return (down, reason)


async def linked(self: Process, socket: Term, begun: Callable[[], None]) -> Term:
    """It is linked: ``receive {'EXIT', Socket, Reason} -> {'EXIT', Reason} end``."""
    await erlang.process_flag(self, a.trap_exit, a.true)
    await erlang.link(self, socket)
    begun()
    _, _, reason = await self.receive()
    return (EXIT, reason)


USERS: dict[str, User] = {
    "the reader gets": reader,
    "who watches it is told": watcher,
    "who is linked to it is told": linked,
}


async def tells(self: Process, to: Pid, message: Term) -> None:
    """``Owner ! Message``."""
    self.vm.send(to, message)


SCENES: dict[str, End] = {
    "its owner closes it": lambda self, pid, _: tells(self, pid, a.close),
    "somebody else closes it": lambda self, _, socket: gen_tcp.close(self, socket),
    "its owner ends": lambda self, pid, _: tells(self, pid, a.stop),
    "its owner is killed": lambda self, pid, _: erlang.exit(self, pid, a.kill),
}


async def scene(self: Process, title: str, end: End) -> None:
    """The socket's end, and what everybody sees."""
    print(title)
    listener = ok(await gen_tcp.listen(self, 0, LISTENING))
    peer = ok(await gen_tcp.connect(self, HOST, ok(await inet.port(self, listener)), CONNECTING))
    owning = self.vm.spawn(lambda me: owner(me, listener, self.pid)).pid
    _, socket = await self.receive()
    users = {words: await start(self, socket, use) for words, use in USERS.items()}
    await end(self, owning, socket)
    for words, pid in users.items():
        print(f"    {words} {show(await result(self, pid))}")
    print(f"    the peer sees {show(await gen_tcp.recv(self, peer, 0))}")
    late = {
        "send": await gen_tcp.send(self, socket, b"late"),
        "recv": await gen_tcp.recv(self, socket, 0),
        "shutdown": await gen_tcp.shutdown(self, socket, a.write),
        "getopts": await inet.getopts(self, socket, term(["active"])),
        "close": await gen_tcp.close(self, socket),
    }
    print("    " + ", ".join(f"{name} {show(answer)}" for name, answer in late.items()))


async def start(self: Process, socket: Term, use: User) -> Pid:
    """A process that uses the socket: when it is here, it has begun to."""

    async def body(me: Process) -> None:
        answer = await use(me, socket, lambda: self.vm.send(self.pid, (a.started, me.pid)))
        self.vm.send(self.pid, (a.result, me.pid, answer))

    pid = self.vm.spawn(body).pid
    await self.receive(lambda message: message if message == (a.started, pid) else None)
    return pid


async def result(self: Process, pid: Pid) -> Term:
    """What came of what a process did."""
    _, _, answer = await self.receive(lambda message: message if message[:2] == (a.result, pid) else None)
    return answer


async def main(self: Process) -> None:
    """All scenes."""
    for title, end in SCENES.items():
        await scene(self, title, end)


if __name__ == "__main__":
    system = SimulatedSystem()
    system.spawn(main)
    system.settle()
