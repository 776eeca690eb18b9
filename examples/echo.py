"""An echo server in each of the three modes, as an Erlang-like program on the reference.

Run it: ``python examples/echo.py``. Each server echoes what a client sends until the client closes. Next to the Python
stands the Erlang it reads as.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gen_tck.reference import atoms as a
from gen_tck.reference import gen_tcp, inet
from gen_tck.reference.system import SimulatedSystem
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Term, term

Server = Callable[[Process, Term], Awaitable[None]]


async def active(self: Process, socket: Term) -> None:
    """Active: the messages flow whether we keep up or not.

    ::

        loop(S) -> receive {tcp, S, Data} -> gen_tcp:send(S, Data), loop(S);
                           {tcp_closed, S} -> ok end.
    """
    while True:
        match await self.receive():
            case (a.tcp, port, data) if port == socket:
                await gen_tcp.send(self, socket, data)
            case (a.tcp_closed, port) if port == socket:
                return


async def passive(self: Process, socket: Term) -> None:
    """Passive: nothing comes unless asked for; a client that sends too fast blocks.

    ::

        loop(S) -> case gen_tcp:recv(S, 0) of {ok, Data} -> gen_tcp:send(S, Data), loop(S);
                                              {error, closed} -> ok end.
    """
    while True:
        match await gen_tcp.recv(self, socket, 0):
            case (a.ok, data):
                await gen_tcp.send(self, socket, data)
            case (a.error, a.closed):
                return


async def once(self: Process, socket: Term) -> None:
    """Active once: one message, then nothing until the server asks for the next.

    ::

        loop(S) -> inet:setopts(S, [{active, once}]),
                   receive {tcp, S, Data} -> gen_tcp:send(S, Data), loop(S);
                           {tcp_closed, S} -> ok end.
    """
    while True:
        await inet.setopts(self, socket, term([("active", "once")]))
        match await self.receive():
            case (a.tcp, port, data) if port == socket:
                await gen_tcp.send(self, socket, data)
            case (a.tcp_closed, port) if port == socket:
                return


SERVERS: dict[Server, object] = {active: True, passive: False, once: False}
"""Each server with the mode its socket starts in."""


async def serve_one(self: Process, server: Server, mode: object, announce: Callable[[int], None]) -> None:
    """Listen, announce the port number, serve the first client, and end with it."""
    _, listener = await gen_tcp.listen(self, 0, term(["binary", ("active", mode)]))
    _, port = await inet.port(self, listener)
    announce(port)
    _, socket = await gen_tcp.accept(self, listener)
    await server(self, socket)


async def client(self: Process, port: int, words: list[bytes], report: Callable[[bytes], None]) -> None:
    """Send each word, wait for its echo, and close."""
    _, socket = await gen_tcp.connect(self, (127, 0, 0, 1), port, term(["binary", ("active", False)]))
    for word in words:
        await gen_tcp.send(self, socket, word)
        _, echo = await gen_tcp.recv(self, socket, len(word))
        report(echo)
    await gen_tcp.close(self, socket)


def run(server: Server, words: list[bytes]) -> tuple[list[bytes], bool]:
    """One server and one client on one simulated machine: the echoes, and whether the server ended with its client."""
    system = SimulatedSystem()
    ports: list[int] = []
    echoes: list[bytes] = []
    process = system.spawn(lambda self: serve_one(self, server, SERVERS[server], ports.append))
    system.settle()
    system.spawn(lambda self: client(self, ports[0], words, echoes.append))
    system.settle()
    return echoes, process.ended is a.normal


if __name__ == "__main__":
    for each in SERVERS:
        echoes, ended = run(each, [b"hello", b"echo"])
        print(f"{each.__name__}: {echoes}, {'ended with its client' if ended else 'still there'}")
