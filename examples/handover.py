"""An acceptor gives each connection to a process of its own, which takes one message at a time.

Run it: ``python examples/handover.py``. ``handover.erl`` is the same program for Erlang; both print the same.
"""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference import erlang, gen_tcp, inet, port_command
from gen_tck.reference.system import SimulatedSystem
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import List, Pid, Term, show, term

HOST: Term = (127, 0, 0, 1)
LISTENING = term(["binary", ("active", False), ("packet", "line"), ("ip", HOST)])
CONNECTING = term(["binary", ("active", False), ("packet", "line")])
ONCE = term([("active", "once")])


def ok(answer: Term) -> Term:
    """``Value`` of ``{ok, Value}``."""
    match answer:
        case (a.ok, value):
            return value
    raise ValueError(f"{show(answer)} is not {{ok, Value}}")


async def acceptor(self: Process, listener: Term, main: Pid) -> None:
    """It owns what it accepts until it has given it away.

    ::

        {ok, Socket} = gen_tcp:accept(Listener),
        Session = spawn(fun() -> session(Main) end),
        ok = gen_tcp:controlling_process(Socket, Session),
        Session ! {yours, Socket},
        acceptor(Listener, Main).
    """
    while True:
        socket = ok(await gen_tcp.accept(self, listener))
        its_session = self.vm.spawn(lambda me: session(me, main)).pid
        await gen_tcp.controlling_process(self, socket, its_session)
        self.vm.send(its_session, (a.yours, socket))


async def session(self: Process, main: Pid) -> None:
    """It uses its socket when it is told that it is its own: not before.

    ::

        ok = inet:setopts(Socket, [{active, once}]),
        receive
            {tcp, Socket, Line} -> ok = gen_tcp:send(Socket, ["got ", Line]), loop(Socket, Main);
            {tcp_closed, Socket} -> Main ! the_client_has_gone
        end.
    """
    _, socket = await self.receive()
    _, owner = await port_command.port_info(self, socket, a.connected)
    print(f"session: the socket is mine: {str(owner == self.pid).lower()}")
    while True:
        await inet.setopts(self, socket, ONCE)
        match await self.receive():
            case (a.tcp, _, b"crash\n"):
                print("session: this one ends, and its socket with it")
                await erlang.exit(self, a.crash)
            case (a.tcp, _, line):
                await gen_tcp.send(self, socket, List([b"got ", line]))
            case (a.tcp_closed, _):
                self.vm.send(main, a.the_client_has_gone)
                return


async def main(self: Process) -> None:
    """The clients."""
    listener = ok(await gen_tcp.listen(self, 0, LISTENING))
    port = ok(await inet.port(self, listener))
    first = ok(await gen_tcp.connect(self, HOST, port, CONNECTING))
    await gen_tcp.send(self, first, b"before anybody has accepted\n")
    accepting = self.vm.spawn(lambda me: acceptor(me, listener, self.pid)).pid
    await answer(self, first)
    await gen_tcp.send(self, first, b"two lines\nat once\n")
    await answer(self, first)
    await answer(self, first)
    second = ok(await gen_tcp.connect(self, HOST, port, CONNECTING))
    await gen_tcp.send(self, second, b"crash\n")
    print(f"client: {show(await gen_tcp.recv(self, second, 0))}")
    await gen_tcp.send(self, first, b"still here\n")
    await answer(self, first)
    await erlang.exit(self, accepting, a.kill)
    await gen_tcp.send(self, first, b"without the acceptor, too\n")
    await answer(self, first)
    await gen_tcp.shutdown(self, first, a.write)
    print(f"client: {show(await gen_tcp.recv(self, first, 0))}")
    await self.receive(lambda message: message if message is a.the_client_has_gone else None)
    print("session: the client has gone")


async def answer(self: Process, socket: Term) -> None:
    """Say what comes back."""
    line = ok(await gen_tcp.recv(self, socket, 0))
    assert isinstance(line, bytes)
    print(f"client: {line.decode().strip()}")


if __name__ == "__main__":
    system = SimulatedSystem()
    system.spawn(main)
    system.settle()
