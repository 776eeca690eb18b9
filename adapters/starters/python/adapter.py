"""The adapter: which call of Erlang's is which function of ``sockets.py``, and what its arguments mean there."""

from __future__ import annotations

from gen_tck_node import Node, Process, Raised, Term
from options import Options
from sockets import Connection, Listener, connect, listen

node = Node("{{name}}", "0.1", ["essentials", "packets"])


def settings(terms: Term) -> dict[str, Term]:
    """``[binary, {active, false}]`` by name; of an option that is named twice the last one holds."""
    found: dict[str, Term] = {}
    for each in terms if isinstance(terms, list) else []:
        match each:
            case "binary" | "list":
                found["mode"] = each
            case (str(name), value):
                found[name] = value
            case _:
                found[str(each)] = each  # no option, which is refused
    return found


def first_options(named: dict[str, Term]) -> Options:
    """Those of a new socket."""
    options = Options().changed(named)
    if options is None:
        raise Raised("badarg", "exit")
    return options


def host(address: Term) -> str:
    """``127.0.0.1`` for ``{127, 0, 0, 1}``."""
    if not isinstance(address, tuple) or len(address) != 4:
        raise Raised("function_clause")
    return ".".join(map(str, address))


def flat(data: Term) -> bytes:
    """The bytes of an iolist."""
    match data:
        case bytes():
            return data
        case list():
            return b"".join(bytes([each]) if isinstance(each, int) else flat(each) for each in data)
    raise Raised("badarg")


@node.offers("gen_tcp.listen/2")
def gen_tcp_listen(process: Process, port: int, options: Term) -> Term:
    named = settings(options)
    address = host(named.pop("ip", (0, 0, 0, 0)))
    return listen(node.loop, process, address, port, first_options(named))


@node.offers("gen_tcp.accept/2")
async def gen_tcp_accept(process: Process, listener: Listener, timeout: Term) -> Term:
    return await listener.accept(process, timeout)


@node.offers("gen_tcp.connect/3")
async def gen_tcp_connect(process: Process, address: Term, port: int, options: Term) -> Term:
    return await connect(node.loop, process, host(address), port, first_options(settings(options)))


@node.offers("gen_tcp.recv/2", "gen_tcp.recv/3")
async def gen_tcp_recv(process: Process, socket: Connection, length: int, timeout: Term = "infinity") -> Term:
    return await socket.receive(length, timeout)


@node.offers("gen_tcp.send/2")
async def gen_tcp_send(process: Process, socket: Connection, data: Term) -> Term:
    return await socket.send(flat(data))


@node.offers("gen_tcp.close/1")
def gen_tcp_close(process: Process, socket: Connection | Listener) -> Term:
    socket.close()
    return "ok"


@node.offers("gen_tcp.controlling_process/2")
def gen_tcp_controlling_process(process: Process, socket: Connection, owner: Term) -> Term:
    if not isinstance(owner, Process):
        raise Raised("function_clause")
    if socket.owner is not process:
        return ("error", "not_owner")
    socket.transfer(owner)
    return "ok"


@node.offers("inet.setopts/2")
def inet_setopts(process: Process, socket: Connection | Listener, options: Term) -> Term:
    changed = socket.options.changed(settings(options))
    if socket.ended or changed is None:
        return ("error", "einval")
    socket.set(changed)
    return "ok"


@node.offers("inet.getopts/2")
def inet_getopts(process: Process, socket: Connection | Listener, names: list[str]) -> Term:
    if socket.ended:
        return ("error", "einval")
    return ("ok", [(each, getattr(socket.options, each)) for each in names])


@node.offers("inet.port/1")
def inet_port(process: Process, socket: Connection | Listener) -> Term:
    return ("ok", socket.socket.getsockname()[1]) if not socket.ended else ("error", "einval")


if __name__ == "__main__":
    node.run()
