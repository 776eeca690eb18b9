"""``prim_inet``: requests to the driver, and waiting for its answers. Not public in OTP; the rest stands on it."""

from __future__ import annotations

from collections.abc import Callable

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.inet_drv import Refused, TcpDriver
from gen_tck.reference.driver.options import BadOption, normal
from gen_tck.reference.errors import ErlangError, OutOfScope, function_clause
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.reference.port import OpenPort, find_port, iodata
from gen_tck.reference.vm import DOWN, EXIT, Process
from gen_tck.spec.terms import Atom, List, Port, Term

CLOSE_STEP, CLOSE_LIMIT = 5_000, 180_000
"""How long, in milliseconds, ``close`` waits for queued output: a step without progress, and altogether."""


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


def _milliseconds(timeout: int) -> int | None:
    """A timeout as the driver gets it: a negative one means *for ever*."""
    return None if timeout < 0 else timeout


async def async_recv(process: Process, socket: Term, length: Term, timeout: Term) -> Term:
    """``{ok, Ref}`` and later ``{inet_async, S, Ref, Status}`` to the caller; or ``{error, Reason}``, no message."""
    if not isinstance(timeout, int) or not isinstance(length, int):
        raise ErlangError("error", a.badarith)
    found = find(process, socket)
    if found is None:
        return error(a.einval)
    try:
        return (a.ok, found[1].receive(process, length, _milliseconds(timeout)))
    except Refused as refused:
        return error(refused.reason)


async def async_accept(process: Process, socket: Term, timeout: Term) -> Term:
    """``{ok, Ref}``, and later ``{inet_async, L, Ref, {ok, S} | {error, Reason}}`` to the caller."""
    if not isinstance(timeout, int):
        raise ErlangError("error", a.badarith)
    found = find(process, socket)
    if found is None:
        return error(a.einval)
    try:
        return (a.ok, found[1].accept(process, _milliseconds(timeout)))
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


async def recv(process: Process, socket: Term, length: Term, timeout: Term = -1) -> Term:
    """Receive and wait: ``{ok, Data}`` or ``{error, Reason}``."""
    if timeout is a.infinity:
        timeout = -1
    if not (is_socket(socket) and isinstance(length, int) and length >= 0 and isinstance(timeout, int)):
        raise function_clause()
    asked = await async_recv(process, socket, length, timeout)
    return await process.receive(_answer_or_end(socket, asked[1])) if asked[0] is a.ok else asked


async def accept(process: Process, socket: Term, timeout: Term = -1) -> Term:
    """Accept and wait: ``{ok, Socket}`` or ``{error, Reason}``."""
    if timeout is a.infinity:
        timeout = -1
    if not (is_socket(socket) and isinstance(timeout, int)):
        raise function_clause()
    asked = await async_accept(process, socket, timeout)
    return await process.receive(_answer_to(socket, asked[1])) if asked[0] is a.ok else asked


async def send(process: Process, socket: Term, data: Term, *, force: bool = False, nosuspend: bool = False) -> Term:
    """Send and wait until the driver has taken the data: ``ok`` or ``{error, Reason}``."""
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


def demonitor(process: Process, reference: Term) -> None:
    """Forget a monitor and whatever message it has caused."""
    target = process.monitoring.pop(reference, None)
    if target is not None:
        process.vm.drop_monitor(target, reference)
    process.mailbox[:] = [
        each for each in process.mailbox if not (isinstance(each, tuple) and each[1:2] == (reference,))
    ]


async def close(process: Process, socket: Term) -> Term:
    """Close; waits for queued output as long as it moves, unless lingering is set to 0. Always ``ok``."""
    found = find(process, socket)
    if found is not None:
        await _close(process, socket, *found)
    await process.receive(lambda m: True if isinstance(m, tuple) and m[:2] == (EXIT, socket) else None, 0)
    return a.ok


async def _close(process: Process, socket: Term, port: OpenPort, driver: TcpDriver) -> None:
    until = process.vm.now + CLOSE_LIMIT
    while driver.queued and not driver.close_discards() and not port.closed and process.vm.now < until:
        before = driver.queued
        driver.tell_when_flushed(process.pid)
        flushed = await process.receive(lambda message: message == (a.empty_out_q, socket) or None, CLOSE_STEP)
        if flushed or driver.queued == before:  # what others have queued meanwhile a closed port still sends
            break
    port.close(a.normal)
    process.check_doom()


async def shutdown(process: Process, socket: Term, how: Term) -> Term:
    """Half-close: ``ok`` or ``{error, Reason}``."""
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
    """Put data back in front of what is to be received."""
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


async def setopts(process: Process, socket: Term, options: Term) -> Term:
    """Set options: all are checked before the first is applied."""
    if not is_socket(socket):
        raise function_clause()
    found = find(process, socket)
    if found is None:
        return error(a.einval)
    if not isinstance(options, List):
        raise OutOfScope("options that are no list")
    try:
        found[1].set_options(normal(options))
    except BadOption:
        return error(a.einval)
    except SocketError as reason:
        return error(Atom(reason.reason))
    return a.ok


async def getopts(process: Process, socket: Term, names: Term) -> Term:
    """``{ok, [{Name, Value}]}`` or ``{error, einval}``."""
    if not (is_socket(socket) and isinstance(names, List)):
        raise function_clause()
    found = find(process, socket)
    if found is None:
        return error(a.einval)
    try:
        return (a.ok, found[1].get_options(names))
    except BadOption:
        return error(a.einval)
    except SocketError as reason:
        return error(Atom(reason.reason))
