"""What becomes of a file that a socket is sending."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from gen_tck.reference import atoms as a
from gen_tck.reference.links import DOWN
from gen_tck.reference.prim_inet import demonitor, error
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Term

Wait: TypeAlias = Callable[[Process, Term], Coroutine[Any, None, Term]]
"""Waits for what becomes of a file that a socket is sending."""


async def until_told(process: Process, socket: Term) -> Term:
    """The socket says so, or it is closed."""
    watch = process.vm.monitor(process, socket)

    def select(message: Term) -> Term:
        match message:
            case (down, reference, _, _, _) if down is DOWN and reference == watch:
                return error(a.closed)
        return answer_in(message, socket)

    try:
        return await process.receive(select)
    finally:
        demonitor(process, watch)


def answer_in(message: Term, socket: Term) -> Term:
    """What ``socket`` says in ``message`` of the file."""
    match message:
        case (a.sendfile, port, (a.ok, low, high)) if port == socket:
            return (a.ok, low | high << 32)
        case (a.sendfile, port, status) if port == socket:
            return status
    return None
