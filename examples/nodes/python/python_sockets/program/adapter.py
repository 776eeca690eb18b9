"""The adapter: which call of Erlang's is which function of the sockets, and what its arguments mean there."""

from __future__ import annotations

from connection import Connection
from gen_tck_node import Map, Node, Process, Raised, Reference, Term
from listener import Listener, connect, listen
from terms import a_length, a_socket, a_timeout, first_options, flat, host, name, no_connection, settings

node = Node("python-sockets", "0.1", ["core"])


@node.offers("gen_tcp.listen/2")
def gen_tcp_listen(process: Process, port: int, options: Term) -> Term:
    named = settings(options)
    address = host(named.pop("ip", (0, 0, 0, 0)))
    return listen(node.loop, process, address, port, first_options(named))


@node.offers("gen_tcp.accept/1", "gen_tcp.accept/2")
async def gen_tcp_accept(process: Process, listener: Term, timeout: Term = "infinity") -> Term:
    found = a_socket(listener)
    a_timeout(timeout, "badarg")
    return await found.accept(process, timeout) if isinstance(found, Listener) else ("error", "einval")


@node.offers("gen_tcp.connect/3", "gen_tcp.connect/4")
async def gen_tcp_connect(
    process: Process, address: Term, port: int, options: Term, timeout: Term = "infinity"
) -> Term:
    return await connect(node.loop, process, host(address), port, first_options(settings(options)), timeout)


@node.offers("gen_tcp.recv/2", "gen_tcp.recv/3")
async def gen_tcp_recv(process: Process, socket: Term, length: Term, timeout: Term = "infinity") -> Term:
    found = a_socket(socket)
    wanted, limit = a_length(length), a_timeout(timeout)
    return await found.receive(wanted, limit) if isinstance(found, Connection) else no_connection(found)


@node.offers("gen_tcp.unrecv/2")
def gen_tcp_unrecv(process: Process, socket: Term, data: Term) -> Term:
    found = a_socket(socket)
    return found.unreceive(flat(data)) if isinstance(found, Connection) else no_connection(found)


@node.offers("gen_tcp.send/2")
async def gen_tcp_send(process: Process, socket: Term, data: Term) -> Term:
    found = a_socket(socket)
    if found.ended:
        return ("error", "closed")
    return await found.send(flat(data)) if isinstance(found, Connection) else no_connection(found)


@node.offers("gen_tcp.close/1")
def gen_tcp_close(process: Process, socket: Term) -> Term:
    a_socket(socket).close()
    return "ok"


@node.offers("gen_tcp.shutdown/2")
def gen_tcp_shutdown(process: Process, socket: Term, how: Term) -> Term:
    found = a_socket(socket)
    if how not in ("read", "write", "read_write"):
        raise Raised("function_clause")
    return found.shut_down(str(how)) if isinstance(found, Connection) else no_connection(found)


@node.offers("gen_tcp.controlling_process/2")
def gen_tcp_controlling_process(process: Process, socket: Term, owner: Term) -> Term:
    found = a_socket(socket)
    if not isinstance(owner, Process):
        raise Raised("function_clause")
    if found.ended:
        return ("error", "einval")
    if found.owner is not process:
        return ("error", "not_owner")
    if owner.ended:
        return ("error", "badarg")
    if owner is not process:
        found.transfer(owner)
    return "ok"


@node.offers("inet.setopts/2")
def inet_setopts(process: Process, socket: Term, options: Term) -> Term:
    found = a_socket(socket)
    changed = found.options.changed(settings(options))
    if found.ended or changed is None:
        return ("error", "einval")
    found.set(changed)
    return "ok"


@node.offers("inet.getopts/2")
def inet_getopts(process: Process, socket: Term, names: list[str]) -> Term:
    found = a_socket(socket)
    if found.ended:
        return ("error", "einval")
    told = found.options.told_of(found.socket, isinstance(found, Connection) and found.is_gone)
    return ("ok", [(each, told[each]) for each in names if each in told])


@node.offers("inet.port/1")
def inet_port(process: Process, socket: Term) -> Term:
    found = a_socket(socket)
    return ("error", "einval") if found.ended else ("ok", found.socket.getsockname()[1])


@node.offers("inet.sockname/1")
def inet_sockname(process: Process, socket: Term) -> Term:
    found = a_socket(socket)
    if found.ended:
        return ("error", "einval")
    return ("error", "closed") if isinstance(found, Connection) and found.is_gone else name(found.socket.getsockname())


@node.offers("inet.peername/1")
def inet_peername(process: Process, socket: Term) -> Term:
    found = a_socket(socket)
    if found.ended or isinstance(found, Listener):
        return ("error", "einval" if found.ended else "enotconn")
    if found.is_gone:
        return ("error", "closed")
    try:
        return name(found.socket.getpeername())
    except OSError:
        return ("error", "enotconn")


@node.offers("inet.getstat/1", "inet.getstat/2")
def inet_getstat(process: Process, socket: Term, names: list[str] | None = None) -> Term:
    found = a_socket(socket)
    if found.ended:
        return ("error", "einval")
    counts = found.counts if isinstance(found, Connection) else {}
    return ("ok", [(name, count) for name, count in counts.items() if names is None or name in names])


@node.offers("inet.info/1")
def inet_info(process: Process, socket: Term) -> Term:
    found = a_socket(socket)
    return Map([("states", ["closed"])] if found.ended else [("owner", found.owner), ("states", [])])


@node.offers("inet.monitor/1")
def inet_monitor(process: Process, socket: Term) -> Term:
    found = a_socket(socket, "badarg")
    reference = Reference(found)
    if found.ended:
        process.send(("DOWN", reference, "port", found, "noproc"))
    else:
        found.monitors[reference] = process
    return reference


@node.offers("inet.cancel_monitor/1")
def inet_cancel_monitor(process: Process, reference: Term) -> Term:
    if not isinstance(reference, Reference) or reference.watched is None:
        raise Raised("badarg")
    return reference.watched.monitors.pop(reference, None) is not None


if __name__ == "__main__":
    node.run()
