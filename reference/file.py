"""``file``: files as far as sockets send them. They are in the memory of the VM, and on no disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Refused
from gen_tck.reference.errors import ErlangError
from gen_tck.reference.port import iodata
from gen_tck.reference.prim_inet import error, find, is_socket
from gen_tck.reference.sent_files import Wait, until_told
from gen_tck.reference.vm import Process
from gen_tck.spec.own_files import own_file
from gen_tck.spec.terms import Atom, List, Map, Reference, Term

LONGEST = (1 << 63) - 1
"""No file has more bytes."""


async def write_file(process: Process, name: Term, data: Term) -> Term:
    """``ok``: from now on there is a file of this name, in the folder that the tests have for themselves.

    Errors: ``{error, badarg}`` for other names, and for data that are none.
    Clauses: none, as it is a helper
    OTP: file:write_file/2
    """
    own = own_file(name)
    try:
        content = iodata(data)
    except ErlangError:
        return error(a.badarg)
    if own is None:
        return error(a.badarg)
    process.vm.files[own] = content
    return a.ok


async def open(process: Process, name: Term, modes: Term) -> Term:
    """``{ok, File}``, to be handed to :func:`sendfile`.

    Errors: ``{error, enoent}`` for a file that is not there, ``{error, badarg}`` for other names and modes.
    Clauses: none, as it is a helper
    OTP: file:open/2
    """
    if not isinstance(modes, List) or not all(each in (a.read, a.raw, a.binary) for each in modes):
        return error(a.badarg)
    found = _content(process, name)
    if isinstance(found, Atom):
        return error(found)
    handle, buffer = Reference(process.vm.number()), Reference(process.vm.number())
    process.vm.open_files[handle] = found
    kept = {_HANDLE: handle, a.owner: process.pid, a.r_ahead_size: 0, a.r_buffer: buffer}
    return (a.ok, (_FILE, a.prim_file, Map(kept)))


_FILE, _HANDLE = Atom("file_descriptor"), Atom("handle")


def _content(process: Process, name: Term) -> bytes | Atom:
    """What is in a file, or why there is none."""
    own = own_file(name)
    if own is None:
        return Atom("badarg")
    return process.vm.files.get(own, Atom("enoent"))


def _opened(process: Process, file: Term) -> bytes | None:
    match file:
        case (kind, _, Map(pairs=pairs)) if kind is _FILE:
            handle = pairs.get(_HANDLE)
            return process.vm.open_files.get(handle) if isinstance(handle, Reference) else None
    return None


def begun(process: Process, socket: Term, content: bytes, offset: int, length: int) -> Atom | None:
    """Let the driver begin: why it cannot."""
    opened = find(process, socket)
    if opened is None:
        return Atom("einval")
    port, driver = opened
    if port.owner != process.pid:
        return Atom("not_owner")
    if not (0 <= offset <= LONGEST and 0 <= length <= LONGEST):
        return Atom("einval")
    try:
        driver.send_file(process.pid, content[offset : offset + length if length else None])
    except Refused as refused:
        return refused.reason
    return None


Begin: TypeAlias = Callable[[Process, Term, bytes, int, int], Atom | None]
"""Begins to send a part of what is in a file: why it cannot."""


async def sendfile(
    process: Process, file: Term, socket: Term, *which: Term, begin: Begin = begun, wait: Wait = until_told
) -> Term:
    """``sendfile(Name, Socket)``, or ``sendfile(File, Socket, Offset, Length, Options)``: ``{ok, BytesSent}``.

    Errors: ``{error, enoent}`` for a file that is not there; ``{error, badarg}`` for arguments of other types;
        ``error:{case_clause, Socket}`` for what is no socket; ``{error, einval}`` for one that is closed, and for an
        offset or a length below zero; ``{error, not_owner}`` if the caller does not own it; ``{error, enotconn}``
        without a connection; ``{error, closed}`` if it is lost, or the socket closed, meanwhile.
    Clauses: sending/sendfile-answers, sending/sendfile-of-a-part-answers, sending/missing-file-is-told,
        sending/only-the-owner-sends-a-file, sending/length-zero-is-the-rest-of-a-file,
        sending/negative-offset-in-a-file, sending/closed-socket-sends-no-file, sending/sendfile-leaves-no-message
    OTP: file:sendfile/2; file:sendfile/5; prim_inet.erl: sendfile/4
    """
    found = _opened(process, file) if which else _content(process, file)
    if isinstance(found, Atom):
        return error(found)
    offset, length, options = which or (0, 0, List())
    if found is None or not (_is_integer(offset) and _is_integer(length) and _are_options(options)):
        return error(a.badarg)
    if not is_socket(socket):
        raise ErlangError("error", (Atom("case_clause"), socket))
    why = begin(process, socket, found, offset, length)
    return await wait(process, socket) if why is None else error(why)


def _is_integer(value: Term) -> bool:
    return type(value) is int


def _are_options(options: Term) -> bool:
    """Others than ``chunk_size`` are not looked at."""
    if not isinstance(options, List):
        return False
    sizes = [each[1] for each in options if type(each) is tuple and len(each) == 2 and each[0] is Atom("chunk_size")]
    return all(map(_is_integer, sizes))
