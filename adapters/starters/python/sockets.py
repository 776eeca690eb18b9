"""Erlang's TCP sockets in Python: what is certified, and what you put your own in the place of.

Sockets of the operating system that never block, watched by the loop of ``gen_tck_node.py``. A socket is a port: a
process owns it. Answers and messages are terms, as there.
"""

from __future__ import annotations

import errno
import socket
from collections import deque
from dataclasses import dataclass, field, replace

from framing import TooLong, cut, framed
from gen_tck_node import READ, WRITE, Loop, Port, Process, Term, Waiting
from options import Options

CHUNK = 1 << 16
"""Bytes that are read at a time."""


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

    def set(self, options: Options) -> None:
        """Change the options that the connections to come begin with."""
        self.options = options

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


@dataclass(eq=False)
class Receiver:
    """A receive that waits."""

    length: int
    waiting: Waiting


@dataclass(eq=False)
class Sender:
    """A send that waits."""

    rest: memoryview
    waiting: Waiting


@dataclass
class Stream:
    """What has come, and not been handed over."""

    buffer: bytearray = field(default_factory=bytearray)
    is_over: bool = False
    """Whether the peer has ended it."""


class Connection(Port):
    """A connected socket. It reads when somebody wants data: a receive, or an owner to whom it is active."""

    def __init__(self, loop: Loop, owner: Process, made: socket.socket, options: Options) -> None:
        super().__init__(owner)
        made.setblocking(False)
        self._loop, self.socket, self.options = loop, made, options
        self._stream = Stream()
        self._receivers: deque[Receiver] = deque()
        self._senders: deque[Sender] = deque()
        self._go_on()

    async def receive(self, length: int, timeout: Term) -> Term:
        """``{ok, Data}``, for a passive socket."""
        if self.ended:
            return ("error", "closed")
        if self.options.active != "false":
            return ("error", "einval")
        receiver = Receiver(length, Waiting(self._loop, timeout))
        self._receivers.append(receiver)
        try:
            self._go_on()
            return await receiver.waiting  # type: ignore[no-any-return]
        finally:
            self._receivers.remove(receiver)
            self._go_on()

    async def send(self, data: bytes) -> Term:
        """``ok`` when the operating system has taken it all; sends do not overtake each other."""
        packet = framed(data, self.options.packet)
        if self.ended:
            return ("error", "closed")
        if packet is None:
            return ("error", "emsgsize")
        sender = Sender(memoryview(packet), Waiting(self._loop))
        self._senders.append(sender)
        self._go_on()
        return await sender.waiting  # type: ignore[no-any-return]

    def set(self, options: Options) -> None:
        """Change the options, and do what follows."""
        self.options = options
        self._go_on()

    def transfer(self, owner: Process) -> None:
        """Make ``owner`` the owner, to whom the messages that the one before has not seen to go along."""
        former = self.owner
        messages, former.mailbox = former.mailbox, []
        self.give_to(owner)
        for each in messages:
            (owner if self._is_its(each) else former).send(each)

    def _is_its(self, message: Term) -> bool:
        match message:
            case ("tcp" | "tcp_closed" | "tcp_error", socket, *_):
                return socket is self
        return False

    def shut(self) -> None:
        self._loop.watch(self.socket, 0, self._go_on)
        self.socket.close()
        for waiting in [each.waiting for each in self._receivers] + [each.waiting for each in self._senders]:
            waiting.resolve(("error", "closed"))

    # What follows from what has happened

    def _go_on(self) -> None:
        """Send and hand over what can be, and watch for the rest."""
        while self._write() or self._hand_over() or self._read():
            pass
        if not self.ended:
            events = (READ if self._is_wanted() else 0) | (WRITE if self._senders else 0)
            self._loop.watch(self.socket, events, self._go_on)

    def _receiver(self) -> Receiver | None:
        return next((each for each in self._receivers if not each.waiting.resolved), None)

    def _is_wanted(self) -> bool:
        return self._receiver() is not None or self.options.active != "false"

    def _write(self) -> bool:
        """Send some of what waits; whether there was any, and the operating system took it."""
        if self.ended or not self._senders:
            return False
        sender = self._senders[0]
        try:
            sender.rest = sender.rest[self.socket.send(sender.rest) :]
        except BlockingIOError:
            return False
        except OSError:
            sender.rest = sender.rest[:0]
            sender.waiting.resolve(("error", "closed"))
        if not sender.rest:
            self._senders.popleft().waiting.resolve("ok")
        return True

    def _read(self) -> bool:
        """Read some of what has come, if it is wanted; whether there was any."""
        if self.ended or self._stream.is_over or not self._is_wanted():
            return False
        try:
            data = self.socket.recv(CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        self._stream.buffer += data
        self._stream.is_over = not data
        return True

    def _hand_over(self) -> bool:
        """Give the next packet, or the end, to whoever wants it; whether there was anything."""
        if self.ended or not self._is_wanted():
            return False
        receiver = self._receiver()
        try:
            packet = cut(self._stream.buffer, self.options, receiver.length if receiver else 0)
        except TooLong:
            self._tell_end(receiver, "emsgsize")
            return True
        if packet is not None:
            self._tell(receiver, packet if self.options.mode == "binary" else list(packet))
        elif self._stream.is_over:
            self._tell_end(receiver, "closed")
        return packet is not None or self._stream.is_over

    def _tell(self, receiver: Receiver | None, data: Term) -> None:
        if receiver is not None:
            receiver.waiting.resolve(("ok", data))
            return
        if self.options.active == "once":
            self.options.active = "false"
        self.owner.send(("tcp", self, data))

    def _tell_end(self, receiver: Receiver | None, reason: str) -> None:
        if receiver is not None:
            receiver.waiting.resolve(("error", reason))
            return
        if reason != "closed":
            self.owner.send(("tcp_error", self, reason))
        self.owner.send(("tcp_closed", self))
        self.close()


def listen(loop: Loop, owner: Process, address: str, port: int, options: Options) -> Term:
    """``{ok, Listener}``."""
    try:
        made = socket.create_server((address, port))
    except OSError as reason:
        return refused(reason)
    made.setblocking(False)
    return ("ok", Listener(loop, owner, made, options))


async def connect(loop: Loop, owner: Process, address: str, port: int, options: Options) -> Term:
    """``{ok, Connection}``."""
    made = socket.socket()
    made.setblocking(False)
    connected = False
    try:
        code = made.connect_ex((address, port))
        if code == errno.EINPROGRESS:
            waiting = Waiting(loop)
            loop.watch(made, WRITE, lambda: waiting.resolve(None))
            await waiting
            code = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        connected = not code
    finally:
        loop.watch(made, 0, lambda: None)
        if not connected:
            made.close()
    return ("ok", Connection(loop, owner, made, options)) if connected else refused(OSError(code, ""))
