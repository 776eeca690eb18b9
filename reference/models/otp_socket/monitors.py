"""``inet:monitor`` of a socket that is no port: ``socket_registry`` tells of its end."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.errors import ErlangError, badarg
from gen_tck.reference.links import DOWN
from gen_tck.reference.models.otp_socket.calls import parts
from gen_tck.reference.models.otp_socket.esock import ESock, esock_of
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Reference, Term


async def monitor(process: Process, socket: Term) -> Term:
    """A reference; ``{'DOWN', Ref, socket, Socket, closed | nosock}`` comes when the socket is closed.

    OTP: gen_tcp_socket.erl: monitor/1; socket_registry.erl: do_monitor_socket/4
    """
    try:
        inner = parts(socket)[1]
    except ErlangError:
        raise badarg() from None
    reference = Reference(process.vm.number())
    sock = esock_of(process.vm, inner)
    if sock is None:
        process.deliver((DOWN, reference, a.socket, socket, a.nosock))
    else:
        sock.monitor(process, reference, socket)
    return reference


async def cancel_monitor(process: Process, reference: Term) -> Term:
    """Forget a monitor; whether there was one.

    OTP: inet.erl: cancel_monitor/1
    """
    if not isinstance(reference, Reference):
        raise badarg()
    known = any(each.demonitor(reference) for each in process.vm.resources.values() if isinstance(each, ESock))
    return a.true if known else a.false
