"""Calls as variants of clauses have them: each takes a function of the reference, and gives the other one.

A connection is *lost* when it is gone and the socket is still there to be asked; a socket is *told* when it has told of
the peer's end, and is half open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gen_tck.reference import atoms as a
from gen_tck.reference import prim_inet
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import DISCONNECTED, HALF_CLOSED, LISTENING
from gen_tck.reference.functions import Function
from gen_tck.reference.links import DOWN
from gen_tck.reference.models.departure import Change
from gen_tck.reference.prim_inet import error, find, is_socket
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, Pid, Term

RECEIVES = ("gen_tcp.recv/2", "gen_tcp.recv/3")

_When: TypeAlias = Callable[["TcpDriver | None", "tuple[Term, ...]"], bool]
"""``(driver, further arguments)``: whether it is the situation of the clause; ``None``: the socket is closed."""

_SOCKET = Atom("socket")
_WHAT_IS_TRANSFERRED = "what becomes of a socket whose end was told"


def _answers(when: _When, instead: Term, before: Term = None, choice: str = "") -> Change:
    """A function that answers ``instead`` of ``before`` (without one: of any error), or may do so if it is a choice."""

    def change(call: Function) -> Function:
        async def changed(process: Process, socket: Term, *args: Term) -> Term:
            found = find(process, socket)
            so = when(None if found is None else found[1], args)
            answer = await call(process, socket, *args)
            is_meant = answer == before if before is not None else isinstance(answer, tuple) and answer[0] is a.error
            if not (so and is_meant) or (choice and process.vm.choose(choice, 2)):
                return answer
            return instead

        return changed

    return change


def _refuses(when: _When, answer: Term) -> Change:
    """A function that does nothing but answer."""

    def change(call: Function) -> Function:
        async def changed(process: Process, socket: Term, *args: Term) -> Term:
            found = find(process, socket)
            return answer if when(None if found is None else found[1], args) else await call(process, socket, *args)

        return changed

    return change


def _closed(driver: TcpDriver | None, _: object) -> bool:
    return driver is None


def _lost(driver: TcpDriver | None, _: object) -> bool:
    return driver is not None and driver.state is DISCONNECTED


def _listens(driver: TcpDriver | None, _: object) -> bool:
    return driver is not None and driver.state is LISTENING


def _listens_actively(driver: TcpDriver | None, _: object) -> bool:
    return driver is not None and driver.state is LISTENING and driver.is_active()


def _told(driver: TcpDriver | None, _: object) -> bool:
    return driver is not None and driver.state is HALF_CLOSED and driver.told_closed


def _sets_a_mode(args: tuple[Term, ...]) -> bool:
    return any(isinstance(each, tuple) and each[:1] == (a.active,) for each in args[0])


_CLOSED, _EINVAL, _ENOTCONN = error(a.closed), error(a.einval), error(a.enotconn)

einval_when_closed = _answers(_closed, _EINVAL, _CLOSED)
closed_when_lost = _answers(_lost, _CLOSED, _ENOTCONN)
einval_for_an_error_when_lost = _answers(_lost, _EINVAL, choice="what a receive of a lost connection is told")
einval_when_lost = _refuses(_lost, _EINVAL)
einval_for_other_options_when_lost = _refuses(
    lambda driver, args: _lost(driver, args) and not _sets_a_mode(args), _EINVAL
)
einval_when_told = _refuses(_told, _EINVAL)
einval_for_modes_when_told = _refuses(lambda driver, args: _told(driver, args) and _sets_a_mode(args), _EINVAL)
einval_of_an_active_listener = _answers(
    _listens_actively, _EINVAL, _ENOTCONN, choice="what a receive of an active listener is told"
)
closed_of_a_listener = _answers(_listens, _CLOSED, _ENOTCONN)


def closed_of_a_lost_one(choice: str) -> Change:
    """A function that may answer that a lost connection is closed."""
    return _answers(_lost, _CLOSED, _ENOTCONN, choice)


def enotsup(call: Function) -> Function:
    """A function that no socket has."""

    async def changed(process: Process, socket: Term, *args: Term) -> Term:
        return error(Atom("enotsup")) if is_socket(socket) else await call(process, socket, *args)

    return changed


def tells_no_owner(call: Function) -> Function:
    """A close whose end is no signal to the owner."""

    async def changed(process: Process, socket: Term) -> Term:
        found = find(process, socket)
        if found is not None and (owner := process.vm.processes.get(found[0].owner)) is not None:
            owner.links.discard(found[0].id)
            found[0].links.discard(found[0].owner)
        return await call(process, socket)

    return changed


def notes_who_is_closed(call: Function) -> Function:
    """A close that can be told from another end."""

    async def changed(process: Process, socket: Term) -> Term:
        found = find(process, socket)
        answer = await call(process, socket)
        if found is not None:
            process.vm.closing[found[0].id] = found[0]
        return answer

    return changed


def closed_after_close(call: Function) -> Function:
    """A function that knows who was closed (:func:`notes_who_is_closed`)."""

    async def changed(process: Process, socket: Term, *args: Term) -> Term:
        answer = await call(process, socket, *args)
        closed = socket in process.vm.closing and find(process, socket) is None
        return _CLOSED if closed and answer == _EINVAL else answer

    return changed


def strangers_may_not_name_it(call: Function) -> Function:
    """A transfer by a stranger to the present owner is refused as any other."""

    async def changed(process: Process, socket: Term, new_owner: Term) -> Term:
        found = find(process, socket)
        if found is not None and found[0].owner == new_owner != process.pid:
            return error(a.not_owner)
        return await call(process, socket, new_owner)

    return changed


def _has_the_message(process: Process, socket: Term) -> bool:
    return find(process, socket) is None and (a.tcp_closed, socket) in process.mailbox


def einval_with_the_message(call: Function) -> Function:
    """A transfer by who has the message of the socket's end."""

    async def changed(process: Process, socket: Term, new_owner: Term) -> Term:
        if not _has_the_message(process, socket) or process.vm.choose(_WHAT_IS_TRANSFERRED, 2):
            return await call(process, socket, new_owner)
        return _EINVAL

    return changed


def moves_the_message(call: Function) -> Function:
    """A transfer by who has the message of the socket's end."""

    async def changed(process: Process, socket: Term, new_owner: Term) -> Term:
        moves = _has_the_message(process, socket) and isinstance(new_owner, Pid)
        if not moves or process.vm.choose(_WHAT_IS_TRANSFERRED, 2):
            return await call(process, socket, new_owner)
        process.mailbox.remove((a.tcp_closed, socket))
        process.vm.send(new_owner, (a.tcp_closed, socket))
        return a.ok

    return changed


def nosock(call: Function) -> Function:
    """The monitor of a socket that is closed."""

    async def changed(process: Process, socket: Term) -> Term:
        reference = await call(process, socket)
        for place, message in enumerate(process.mailbox):
            if isinstance(message, tuple) and message[:2] == (DOWN, reference):
                process.mailbox[place] = (DOWN, reference, _SOCKET, socket, Atom("nosock"))
        return reference

    return changed


def ignores_lengths(call: Function) -> Function:
    """A receive with a length where there is framing gives the next packet."""

    async def changed(process: Process, socket: Term, length: Term, *timeout: Term) -> Term:
        found = find(process, socket)
        framed = found is not None and found[1].options["packet"] not in (0, a.raw)
        return await call(process, socket, 0 if framed and isinstance(length, int) and length > 0 else length, *timeout)

    return changed


def keeps_the_message(call: Function) -> Function:
    """Closing leaves the message of an end that came before."""

    async def changed(process: Process, socket: Term) -> Term:
        if find(process, socket) is None and (a.tcp_closed, socket) not in process.mailbox:
            return await call(process, socket)
        return await prim_inet.close(process, socket)

    return changed
