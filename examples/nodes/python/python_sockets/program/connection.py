"""Connected sockets."""

from __future__ import annotations

import socket
from collections import deque
from dataclasses import dataclass, field

from framing import TooLong, cut, framed
from gen_tck_node import READ, WRITE, Loop, Port, Process, Term, Waiting
from options import Options


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
    kept: int = 0
    """Bytes at its beginning that a receive had waited for, and left: they stay together."""


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
            if receiver.waiting.result == ("error", "timeout"):
                self._stream.kept = len(self._stream.buffer)
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

    def unreceive(self, data: bytes) -> Term:
        """Put bytes back in front of what is to be received."""
        if self.ended:
            return ("error", "closed")
        self._stream.buffer[:0] = data
        self._go_on()
        return "ok"

    def set(self, options: Options) -> None:
        """Change the options, and do what follows."""
        if options.recbuf != self.options.recbuf:
            options.apply(self.socket)
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
            case ("tcp" | "tcp_closed" | "tcp_error", socket, *_) | (socket, ("data", _)):
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
        while self._write() or (self._lacks() > 0 and self._read()) or self._hand_over() or self._read():
            pass
        if not self.ended:
            events = (READ if self._is_wanted() else 0) | (WRITE if self._senders else 0)
            self._loop.watch(self.socket, events, self._go_on)

    def _receiver(self) -> Receiver | None:
        return next((each for each in self._receivers if not each.waiting.resolved), None)

    def _is_wanted(self) -> bool:
        return self._receiver() is not None or self.options.active != "false"

    def _wanted(self) -> int:
        """How many bytes are wanted where nothing frames them; those that are there, if there are fewer, do for 0."""
        receiver = self._receiver()
        return receiver.length if receiver is not None else 0

    def _lacks(self) -> int:
        """How many more bytes would go along with those that are here."""
        stream, options = self._stream, self.options
        most = self._wanted() or max(options.buffer, stream.kept)
        return most - len(stream.buffer) if options.packet == 0 else 0

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
            data = self.socket.recv(max(1, self._lacks() or self.options.buffer))
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
            packet = cut(self._stream.buffer, self.options, self._wanted(), self._stream.kept)
        except TooLong:
            self._tell_end(receiver, "emsgsize")
            return True
        self._stream.kept = min(self._stream.kept, len(self._stream.buffer))
        if packet is not None:
            self._tell(receiver, self.options.shaped(packet))
        elif self._stream.is_over:
            self._tell_end(receiver, "closed")
        return packet is not None or self._stream.is_over

    def _tell(self, receiver: Receiver | None, data: Term) -> None:
        if receiver is not None:
            receiver.waiting.resolve(("ok", data))
            return
        if self.options.active == "once":
            self.options.active = "false"
        self.owner.send(self.options.told(self, data))

    def _tell_end(self, receiver: Receiver | None, reason: str) -> None:
        if receiver is not None:
            receiver.waiting.resolve(("error", reason))
            if reason != "closed":
                return
        if self.options.active != "false":
            if reason != "closed":
                self.owner.send(("tcp_error", self, reason))
            self.owner.send(("tcp_closed", self))
        self.close()
