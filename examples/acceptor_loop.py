"""A server of one process that never blocks: it asks for connections with ``prim_inet:async_accept/2``.

Run it: ``python examples/acceptor_loop.py``. ``acceptor_loop.erl`` is the same program for Erlang; both print the same.
The chapter ``async_recv`` says what it does.
"""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference import gen_tcp, inet, inet_db, prim_inet
from gen_tck.reference.errors import ErlangError
from gen_tck.reference.system import SimulatedSystem
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import List, Pid, Term, show, term

HOST: Term = (127, 0, 0, 1)
LISTENING = term(["binary", ("packet", "line"), ("nodelay", True), ("ip", HOST)])
CONNECTING = term(["binary", ("active", False), ("packet", "line")])
COPIED = term(["active", "nodelay", "keepalive", "delay_send"])


def ok(answer: Term) -> Term:
    """``Value`` of ``{ok, Value}``."""
    match answer:
        case (a.ok, value):
            return value
    raise ValueError(f"{show(answer)} is not {{ok, Value}}")


async def server(self: Process, main: Pid) -> None:
    """The server, from its beginning to its end: whatever comes, it takes it and goes on."""
    listener = ok(await gen_tcp.listen(self, 0, LISTENING))
    reference = ok(await prim_inet.async_accept(self, listener, -1))
    self.vm.send(main, (a.port, ok(await inet.port(self, listener))))
    sockets: list[Term] = []
    while True:
        match await self.receive():
            case (a.inet_async, port, ref, (a.ok, socket)) if (port, ref) == (listener, reference):
                await take(self, listener, socket)
                reference = ok(await prim_inet.async_accept(self, listener, -1))
                sockets.insert(0, socket)
            case (a.inet_async, port, ref, (a.error, reason)) if (port, ref) == (listener, reference):
                print(f"server: no more connections: {show(reason)}")
                for each in sockets:
                    await gen_tcp.close(self, each)
                return
            case (a.tcp, socket, line):
                await gen_tcp.send(self, socket, List([b"echo ", line]))
            case (a.tcp_closed, socket):
                print("server: a connection has ended")
                self.vm.send(main, a.ended)
                sockets.remove(socket)
            case (a.how_many, asking):
                self.vm.send(asking, (a.connections, len(sockets)))
            case a.stop:
                await gen_tcp.close(self, listener)


async def take(self: Process, listener: Term, socket: Term) -> None:
    """Make a new socket one of ``gen_tcp``'s, with the listener's options.

    ::

        true = inet_db:register_socket(Socket, inet_tcp),
        {ok, Options} = prim_inet:getopts(Listener, [active, nodelay, keepalive, delay_send]),
        ok = prim_inet:setopts(Socket, Options).
    """
    print(f"server: a connection, for which gen_tcp:send raises {await sending_raises(self, socket)}")
    await inet_db.register_socket(self, socket, a.inet_tcp)
    options = ok(await inet.getopts(self, listener, COPIED))
    await inet.setopts(self, socket, options)
    print(f"server: it is registered, and has {show(options)}")


async def sending_raises(self: Process, socket: Term) -> str:
    """What ``gen_tcp:send`` raises for a socket that is not registered."""
    try:
        return show(await gen_tcp.send(self, socket, b"hello"))
    except ErlangError as error:
        return show(error.reason)


async def main(self: Process) -> None:
    """Two clients, one after the other in turn."""
    serving = self.vm.spawn(lambda me: server(me, self.pid)).pid
    _, port = await self.receive()
    first = ok(await gen_tcp.connect(self, HOST, port, CONNECTING))
    await echoes(self, first, b"one\n")
    second = ok(await gen_tcp.connect(self, HOST, port, CONNECTING))
    await echoes(self, second, b"two\n")
    await echoes(self, first, b"three\n")
    print(f"client: {await how_many(self, serving)} connections")
    await gen_tcp.close(self, first)
    await self.receive(lambda message: message if message is a.ended else None)
    print(f"client: {await how_many(self, serving)} connection")
    await echoes(self, second, b"four\n")
    self.vm.send(serving, a.stop)
    print(f"client: {show(await gen_tcp.recv(self, second, 0))}")


async def echoes(self: Process, socket: Term, line: bytes) -> None:
    """Send a line, and say what comes back."""
    await gen_tcp.send(self, socket, line)
    answer = ok(await gen_tcp.recv(self, socket, 0))
    assert isinstance(answer, bytes)
    print(f"client: {answer.decode().strip()}")


async def how_many(self: Process, serving: Pid) -> Term:
    """How many connections the server says that it has."""
    self.vm.send(serving, (a.how_many, self.pid))
    _, count = await self.receive()
    return count


if __name__ == "__main__":
    system = SimulatedSystem()
    system.spawn(main)
    system.settle()
