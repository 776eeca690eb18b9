"""Several acceptors on one listener: first come, first served.

Run it: ``python examples/acceptor_pool.py``. ``acceptor_pool.erl`` is the same program for Erlang; both print the same.
"""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference import erlang, gen_tcp, inet, inet_db, prim_inet
from gen_tck.reference.system import SimulatedSystem
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import List, Pid, Term, show, term

HOST: Term = (127, 0, 0, 1)
LISTENING = term(["binary", ("active", False), ("packet", "line"), ("ip", HOST)])
CONNECTING = term(["binary", ("active", False), ("packet", "line")])


def ok(answer: Term) -> Term:
    """``Value`` of ``{ok, Value}``."""
    match answer:
        case (a.ok, value):
            return value
    raise ValueError(f"{show(answer)} is not {{ok, Value}}")


async def acceptor(self: Process, name: bytes, listener: Term, main: Pid) -> None:
    """It serves the connection that it has taken to its end, and then asks for the next.

    ::

        {ok, Ref} = prim_inet:async_accept(Listener, -1),
        receive
            {inet_async, Listener, Ref, {ok, Socket}} ->
                true = inet_db:register_socket(Socket, inet_tcp),
                serve(Name, Socket),
                acceptor(Name, Listener, Main);
            {inet_async, Listener, Ref, {error, Reason}} ->
                Main ! {ends, Name, Reason}
        end.
    """
    while True:
        status = await prim_inet.async_accept(self, listener, -1)
        if status[0] is a.ok:
            self.vm.send(main, (a.asks, name))
            _, _, _, status = await self.receive(lambda m: m if m[:1] == (a.inet_async,) else None)
        if status[0] is a.error:
            self.vm.send(main, (a.ends, name, status[1]))
            return
        await inet_db.register_socket(self, status[1], a.inet_tcp)
        await serve(self, name, status[1])


async def serve(self: Process, name: bytes, socket: Term) -> None:
    """Say who serves, and wait for the end."""
    await gen_tcp.send(self, socket, List([name, b"\n"]))
    await gen_tcp.recv(self, socket, 0)
    await gen_tcp.close(self, socket)


async def main(self: Process) -> None:
    """The pool, and its clients."""
    listener = ok(await gen_tcp.listen(self, 0, LISTENING))
    port = ok(await inet.port(self, listener))
    _, ben, _ = [await start(self, name, listener) for name in (b"Anna", b"Ben", b"Carl")]
    first = await served(self, await client(self, port))
    second = await served(self, await client(self, port))
    print("Ben is killed")
    await erlang.exit(self, ben, a.kill)
    await gen_tcp.recv(self, second, 0)
    third = await served(self, await client(self, port))
    fourth = await client(self, port)
    print("the fourth waits until somebody has time")
    await gen_tcp.close(self, first)
    await asks(self, b"Anna")
    await served(self, fourth)
    await gen_tcp.close(self, fourth)
    await asks(self, b"Anna")
    print("the listener is closed")
    await gen_tcp.close(self, listener)
    await ends(self, b"Anna")
    await gen_tcp.close(self, third)
    await ends(self, b"Carl")
    print(show(await gen_tcp.connect(self, HOST, port, CONNECTING)))


async def start(self: Process, name: bytes, listener: Term) -> Pid:
    """A new acceptor: when it is here, it has asked for a connection."""
    pid = self.vm.spawn(lambda me: acceptor(me, name, listener, self.pid)).pid
    await asks(self, name)
    return pid


async def asks(self: Process, name: bytes) -> None:
    """Wait until an acceptor asks for a connection."""
    await self.receive(lambda message: message if message == (a.asks, name) else None)
    print(f"{name.decode()} asks for a connection")


async def ends(self: Process, name: bytes) -> None:
    """Wait until an acceptor ends."""
    _, _, reason = await self.receive(lambda message: message if message[:2] == (a.ends, name) else None)
    print(f"{name.decode()} ends: {show(reason)}")


async def client(self: Process, port: Term) -> Term:
    """A connection to the listener."""
    return ok(await gen_tcp.connect(self, HOST, port, CONNECTING))


async def served(self: Process, socket: Term) -> Term:
    """Wait until somebody serves a connection, and say who."""
    name = ok(await gen_tcp.recv(self, socket, 0))
    assert isinstance(name, bytes)
    print(f"a connection is served by {name.decode().strip()}")
    return socket


if __name__ == "__main__":
    system = SimulatedSystem()
    system.spawn(main)
    system.settle()
