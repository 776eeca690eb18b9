"""Loops that take so many messages at a time, with ``{active, N}``.

Run it: ``python examples/counted.py``. ``counted.erl`` is the same program for Erlang; both print the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gen_tck.reference import atoms as a
from gen_tck.reference import gen_tcp, inet
from gen_tck.reference.system import SimulatedSystem
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import List, Term, show, term

HOST: Term = (127, 0, 0, 1)
LISTENING = term(["binary", ("active", False), ("packet", 1), ("ip", HOST)])
CONNECTING = term(["binary", ("packet", 1)])


def ok(answer: Term) -> Term:
    """``Value`` of ``{ok, Value}``."""
    match answer:
        case (a.ok, value):
            return value
    raise ValueError(f"{show(answer)} is not {{ok, Value}}")


async def in_threes(self: Process, socket: Term) -> None:
    """When three have come it looks up, and asks for three more.

    ::

        receive
            {tcp, Socket, Body} -> in_threes(Socket, [Body | Seen]);
            {tcp_passive, Socket} -> ok = inet:setopts(Socket, [{active, 3}]), in_threes(Socket, []);
            {tcp_closed, Socket} -> ok
        end.
    """
    seen: list[str] = []
    while True:
        match await self.receive():
            case (a.tcp, _, body):
                seen.append(body.decode())
            case (a.tcp_passive, _):
                print(f"    {' '.join(seen)}, and the socket is passive")
                await inet.setopts(self, socket, term([("active", 3)]))
                seen = []
            case (a.tcp_closed, _):
                print(f"    {' '.join(seen)}, and the end")
                return


async def adding_up(self: Process, socket: Term) -> None:
    """The count adds up, and can be taken back."""
    counts = [await count(self, socket, number) for number in (2, 5, -3, -4)]
    print(f"    {show(List(counts))}")
    await self.receive(lambda message: message if message == (a.tcp_passive, socket) else None)
    print("    the socket is passive")
    print(f"    {show(await inet.setopts(self, socket, term([('active', 32768)])))}")
    await gen_tcp.close(self, socket)


async def count(self: Process, socket: Term, number: int) -> Term:
    """Set ``{active, Number}``: the mode that comes of it."""
    await inet.setopts(self, socket, term([("active", number)]))
    (mode,) = ok(await inet.getopts(self, socket, term(["active"])))
    return mode


async def main(self: Process) -> None:
    """Both loops."""
    await scene(self, "three at a time", in_threes, 3, 7)
    await scene(self, "adding up", adding_up, False, 0)


async def scene(
    self: Process, title: str, loop: Callable[[Process, Term], Awaitable[None]], mode: object, packets: int
) -> None:
    """The loop gets so many packets; if it gets any, then the end."""
    print(title)
    listener = ok(await gen_tcp.listen(self, 0, LISTENING))
    peer = ok(await gen_tcp.connect(self, HOST, ok(await inet.port(self, listener)), CONNECTING))
    socket = ok(await gen_tcp.accept(self, listener))
    for number in range(1, packets + 1):
        await gen_tcp.send(self, peer, str(number).encode())
    if packets:
        await gen_tcp.close(self, peer)
    await inet.setopts(self, socket, term([("active", mode)]))
    await loop(self, socket)


if __name__ == "__main__":
    system = SimulatedSystem()
    system.spawn(main)
    system.settle()
