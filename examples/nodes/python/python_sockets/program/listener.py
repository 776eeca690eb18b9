"""Listening sockets, and how a socket is opened."""

from __future__ import annotations

import errno
import socket
from collections import deque
from dataclasses import replace

from connection import Connection
from gen_tck_node import READ, WRITE, Loop, Port, Process, Term, Waiting
from options import Options


def refused(reason: OSError | str) -> Term:
    """``{error, econnrefused}`` for what the operating system says."""
    name = reason if isinstance(reason, str) else errno.errorcode.get(reason.errno or 0, "unknown").lower()
    return ("error", name)


class Listener(Port):
    """A listening socket."""

    def __init__(self, loop: Loop, owner: Process, made: socket.socket, options: Options) -> None:
        super().__init__(owner)
        self._loop, self.socket, self.options = loop, made, options
        self._acceptors: deque[Waiting] = deque()

    async def accept(self, process: Process, timeout: Term) -> Term:
        """A connection, which ``process`` owns; those who wait are served in their order."""
        if self.ended:
            return ("error", "closed")
        waiting = Waiting(self._loop, timeout)
        self._acceptors.append(waiting)
        self._look()
        try:
            found: socket.socket | Term = await waiting
        finally:
            self._acceptors.remove(waiting)
            self._look()
        if isinstance(found, socket.socket):
            return ("ok", Connection(self._loop, process, found, replace(self.options)))
        return found  # an error

    def transfer(self, owner: Process) -> None:
        """Make ``owner`` the owner."""
        self.give_to(owner)

    def set(self, options: Options) -> None:
        """Change the options that the connections to come begin with."""
        self.options = options
        options.apply(self.socket)

    def _look(self) -> None:
        """Give a connection to whoever has waited longest."""
        waiting = next((each for each in self._acceptors if not each.resolved), None)
        if not self.ended:
            self._loop.watch(self.socket, READ if waiting else 0, self._look)
        if waiting is None or self.ended:
            return
        try:
            made, _ = self.socket.accept()
        except BlockingIOError:
            return
        except OSError as reason:
            waiting.resolve(refused(reason))
            return
        waiting.resolve(made)

    def shut(self) -> None:
        self._loop.watch(self.socket, 0, self._look)
        self.socket.close()
        for each in self._acceptors:
            each.resolve(("error", "closed"))


def listen(loop: Loop, owner: Process, address: str, port: int, options: Options) -> Term:
    """``{ok, Listener}``."""
    try:
        made = socket.create_server((address, port))
        options.apply(made)
    except OSError as reason:
        return refused(reason)
    made.setblocking(False)
    return ("ok", Listener(loop, owner, made, options))


async def connect(
    loop: Loop, owner: Process, address: str, port: int, options: Options, timeout: Term = "infinity"
) -> Term:
    """``{ok, Connection}``."""
    made = socket.socket()
    made.setblocking(False)
    options.apply(made)
    connected = False
    try:
        code = made.connect_ex((address, port))
        if code == errno.EINPROGRESS:
            waiting = Waiting(loop, timeout)
            loop.watch(made, WRITE, lambda: waiting.resolve(None))
            late = await waiting
            if late is not None:
                return late  # type: ignore[no-any-return]
            code = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        connected = not code
    finally:
        loop.watch(made, 0, lambda: None)
        if not connected:
            made.close()
    return ("ok", Connection(loop, owner, made, options)) if connected else refused(OSError(code, ""))
