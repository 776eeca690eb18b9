"""``prim_inet``: requests to the driver, and waiting for its answers. Not public in OTP; the rest stands on it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Refused
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.errors import ErlangError, function_clause
from gen_tck.reference.links import DOWN
from gen_tck.reference.port import OpenPort, find_port, iodata
from gen_tck.reference.vm import EXIT, Process
from gen_tck.spec.terms import Port, Reference, Term

CLOSE_STEP, CLOSE_LIMIT = 5_000, 180_000
"""How long, in milliseconds, ``close`` waits for queued output: until it looks again, and altogether."""


def find(process: Process, socket: Term) -> tuple[OpenPort, TcpDriver] | None:
    """The open port and driver of ``socket``; ``None`` if it is closed or no TCP socket."""
    port = find_port(process.vm, socket)
    if port is None or not isinstance(port.driver, TcpDriver):
        return None
    return port, port.driver


def is_socket(socket: Term) -> bool:
    """Whether ``socket`` has the form of one, open or closed."""
    return isinstance(socket, Port)


def error(reason: Term) -> Term:
    """``{error, Reason}``."""
    return (a.error, reason)


def _milliseconds(timeout: Term) -> int | None:
    """A timeout as the driver gets it: a negative number means *for ever*. ``error:badarith`` for anything else."""
    if isinstance(timeout, int | float) and timeout < 0:
        return None
    if isinstance(timeout, int):
        return timeout
    raise ErlangError("error", a.badarith)


async def async_recv(process: Process, socket: Term, length: Term, timeout: Term) -> Term:
    """``{ok, Ref}`` and later ``{inet_async, S, Ref, Status}`` to the caller; or ``{error, Reason}``, no message.

    Errors: ``error:badarith`` for a length that is no integer and a timeout that is neither one nor negative,
        ``{error, einval}`` for what is no open socket or is active and for a length where there is framing,
        ``{error, enotconn}`` without a connection, ``{error, ealready}`` while another is asked for,
        ``{error, enomem}`` beyond 64 MiB.
    Clauses: async_recv/async-recv-answers, async_recv/returns-at-once, async_recv/request-arguments-are-integers,
        async_recv/second-request-is-refused, async_recv/active-socket-refuses, async_recv/unconnected-socket-refuses,
        async_recv/what-is-no-open-socket-refuses, async_recv/length-beyond-64-mib,
        async_recv/negative-timeout-is-infinite
    OTP: prim_inet.erl: async_recv/3; prim_inet.erl: enc_time/1; inet_drv.c: tcp_inet_ctl
    """
    limit = _milliseconds(timeout)
    if not isinstance(length, int):
        raise ErlangError("error", a.badarith)
    found = find(process, socket)
    if found is None:
        return error(a.einval)
    try:
        return (a.ok, found[1].receive(process, length, limit))
    except Refused as refused:
        return error(refused.reason)


async def async_accept(process: Process, socket: Term, timeout: Term) -> Term:
    """``{ok, Ref}``, and later ``{inet_async, L, Ref, {ok, S} | {error, Reason}}`` to the caller.

    Errors: ``error:badarith`` for a timeout that is neither an integer nor negative, ``{error, einval}`` for what is
        no open listener, ``{error, emfile}`` without a descriptor for a connection.
    Clauses: async_recv/async-accept-answers, async_recv/accept-answers-with-a-socket,
        async_recv/accept-without-room-is-refused,
        async_recv/accept-timeout-is-an-integer, async_recv/accept-needs-a-listener,
        async_recv/accepts-are-served-in-order
    OTP: prim_inet.erl: async_accept/2; inet_drv.c: tcp_inet_ctl
    """
    limit = _milliseconds(timeout)
    found = find(process, socket)
    if found is None:
        return error(a.einval)
    try:
        return (a.ok, found[1].accept(process, limit))
    except Refused as refused:
        return error(refused.reason)


def _answer_to(socket: Term, reference: int) -> Callable[[Term], Term]:
    """Selects the answer to one request."""

    def select(message: Term) -> Term:
        match message:
            case (a.inet_async, port, number, status) if port == socket and number == reference:
                return status
        return None

    return select


def _answer_or_end(socket: Term, reference: int) -> Callable[[Term], Term]:
    """Selects the same, or the socket's exit signal, which comes before its answer."""
    answer = _answer_to(socket, reference)

    def select(message: Term) -> Term:
        match message:
            case (kind, port, _) if kind is EXIT and port == socket:
                return error(a.closed)
        return answer(message)

    return select


async def recv(
    process: Process,
    socket: Term,
    length: Term,
    timeout: Term = -1,
    ask: Callable[..., Coroutine[Any, None, Term]] = async_recv,
) -> Term:
    """Receive and wait: ``{ok, Data}`` or ``{error, Reason}``.

    Errors: ``error:function_clause`` for a length below zero, or arguments of other types; ``{error, closed}`` when the
        socket is closed meanwhile; ``{error, timeout}``; and those of :func:`async_recv`.
    Clauses: receiving/negative-length, receiving/length-is-an-integer, receiving/timeout-is-an-integer-or-infinity,
        receiving/negative-timeout, receiving/times-out, receiving/second-receive,
        receiving/active-socket-refuses-receive, receiving/close-wakes-a-receive,
        async_recv/receive-leaves-answers-alone, async_recv/recv-answers
    OTP: prim_inet.erl: recv/3; prim_inet.erl: recv0/3
    """
    if timeout is a.infinity:
        timeout = -1
    if not (is_socket(socket) and isinstance(length, int) and length >= 0 and isinstance(timeout, int)):
        raise function_clause()
    asked = await ask(process, socket, length, timeout)
    return await process.receive(_answer_or_end(socket, asked[1])) if asked[0] is a.ok else asked


async def accept(process: Process, socket: Term, timeout: Term = -1) -> Term:
    """Accept and wait: ``{ok, Socket}`` or ``{error, Reason}``.

    Errors: ``error:function_clause`` for a timeout that is none; ``{error, timeout}``; ``{error, closed}`` when the
        listener is closed meanwhile; and those of :func:`async_accept`.
    Clauses: ownership/accept-times-out, ownership/accept-timeout-must-be-a-number, ownership/negative-accept-timeout,
        ownership/closing-a-listener-releases-acceptors, ownership/connected-socket-cannot-accept
    OTP: prim_inet.erl: accept0/3; inet_drv.c: deq_multi_op
    """
    if timeout is a.infinity:
        timeout = -1
    if not (is_socket(socket) and isinstance(timeout, int)):
        raise function_clause()
    asked = await async_accept(process, socket, timeout)
    return await process.receive(_answer_to(socket, asked[1])) if asked[0] is a.ok else asked


async def send(process: Process, socket: Term, data: Term, *, force: bool = False, nosuspend: bool = False) -> Term:
    """Send and wait until the driver has taken the data: ``ok`` or ``{error, Reason}``.

    Errors: ``error:function_clause`` for what is no socket, ``{error, einval}`` for data that are none and for a
        socket that is closed; ``{error, closed}`` when it is closed meanwhile; ``{error, busy}`` with ``nosuspend``;
        ``{error, timeout}``; and what the connection was lost for.
    Clauses: sending/send-answers, async_recv/send-answers, sending/bad-data-is-reported, sending/leaves-no-message,
        sending/close-releases-a-blocked-sender, sending/send-timeout-ends-a-blocked-send,
        sending/send-to-a-gone-peer-fails, port_command/send-behind-a-busy-port
    OTP: prim_inet.erl: send/4
    """
    if not is_socket(socket):
        raise function_clause()
    found = find(process, socket)
    if found is None:
        return error(a.einval)
    watch = process.vm.monitor(process, socket)
    try:
        if not await found[0].command(process, data, force=force, nosuspend=nosuspend):
            return error(a.busy)
        return await _reply(process, socket, watch)
    except ErlangError:
        return error(a.einval)
    finally:
        demonitor(process, watch)


async def _reply(process: Process, socket: Term, watch: Term) -> Term:

    def select(message: Term) -> Term:
        match message:
            case (a.inet_reply, port, status) if port == socket:
                return status
            case (down, reference, _, _, _) if down is DOWN and reference == watch:
                return error(a.closed)
        return None

    return await process.receive(select)


def forget_monitor(process: Process, reference: Reference) -> bool:
    """Forget a monitor; whether there was one. What it has told is told."""
    target = process.monitoring.pop(reference, None)
    if target is not None:
        process.vm.drop_monitor(target, reference)
    return target is not None


def demonitor(process: Process, reference: Reference) -> None:
    """Forget a monitor and whatever message it has caused."""
    forget_monitor(process, reference)
    process.mailbox[:] = [
        each for each in process.mailbox if not (isinstance(each, tuple) and each[1:2] == (reference,))
    ]


async def close(process: Process, socket: Term) -> Term:
    """Close; waits for queued output unless that does not move at all, and no longer than it is to linger. ``ok``.

    Errors: ``error:function_clause`` for what is no socket.
    Clauses: async_recv/close-answers, async_recv/close-leaves-the-closed-message,
        closing/close-delivers-what-was-sent, closing/closed-socket-ends-a-waiting-close,
        closing/dropped-output-ends-a-waiting-close, closing/zero-linger-drops-pending-output,
        closing/linger-ends-the-wait, closing/linger-ends-with-the-output, closing/close-takes-the-exit-message,
        closing/stuck-output-ends-the-wait, closing/output-that-moved-is-waited-for, closing/close-ends-in-the-end,
        closing/long-linger-and-stuck-output
    OTP: prim_inet.erl: close/1; prim_inet.erl: close_pend_loop/3; prim_inet.erl: close_port/1
    """
    if not is_socket(socket):
        raise function_clause()
    found = find(process, socket)
    if found is not None:
        await _close(process, socket, *found)
    await process.receive(lambda m: True if isinstance(m, tuple) and m[:2] == (EXIT, socket) else None, 0)
    return a.ok


async def _close(process: Process, socket: Term, port: OpenPort, driver: TcpDriver) -> None:
    timers, lingers, first = process.vm.timers, driver.lingers(), driver.queued
    until = timers.now + (CLOSE_LIMIT if lingers is None else lingers)
    while driver.queued and not port.closed and timers.now < until:
        driver.tell_when_flushed(process.pid)
        step = min(CLOSE_STEP, until - timers.now)
        flushed = await process.receive(lambda message: message == (a.empty_out_q, socket) or None, step)
        driver.tell_no_more(process.pid)
        # What others have queued meanwhile a closed port still sends.
        if flushed or driver.queued == first:  # not what it was a step ago: who has seen it move waits to the end
            break
    port.close(a.normal)
    process.check_doom()


async def shutdown(process: Process, socket: Term, how: Term) -> Term:
    """Half-close: ``ok`` or ``{error, Reason}``.

    Errors: ``error:function_clause`` for another direction, ``{error, einval}`` for a socket that is closed,
        ``{error, enotconn}`` without a connection.
    Clauses: closing/bad-direction, closing/repeated-shutdown-is-ok, closing/shutdown-after-a-reset,
        closing/shutdown-after-both-ends, ownership/shutdown-of-a-listener
    OTP: prim_inet.erl: shutdown/2; inet_drv.c: tcp_inet_ctl, case TCP_REQ_SHUTDOWN
    """
    if how not in (a.read, a.write, a.read_write):
        raise function_clause()
    found = find(process, socket)
    if found is None:
        return error(a.einval)
    try:
        found[1].shutdown(how.name)
    except Refused as refused:
        return error(refused.reason)
    return a.ok


async def unrecv(process: Process, socket: Term, data: Term) -> Term:
    """Put data back in front of what is to be received.

    Errors: ``{error, einval}`` for data that are none and for a socket that is closed, ``{error, enotconn}`` without a
        connection.
    Clauses: async_recv/unrecv-answers, async_recv/unrecv-puts-bytes-in-front, async_recv/unrecv-of-no-iodata-is-refused
    OTP: prim_inet.erl: unrecv/2; inet_drv.c: tcp_push_buffer
    """
    found = find(process, socket)
    if found is None:
        return error(a.einval)
    try:
        found[1].unreceive(iodata(data))
    except Refused as refused:
        return error(refused.reason)
    except ErlangError:
        return error(a.einval)
    return a.ok
