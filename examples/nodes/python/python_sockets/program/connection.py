"""Connected sockets."""

from __future__ import annotations

import errno
import socket
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

from framing import TooLong, cut, framed
from gen_tck_node import READ, WRITE, Loop, Port, Process, Term, Waiting
from options import Options

_HOW = {"read": socket.SHUT_RD, "write": socket.SHUT_WR, "read_write": socket.SHUT_RDWR}


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
    is_told: bool = False
    """Whether the owner knows that."""
    was_reset: bool = False
    reset_is_told: bool = False
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
        self._sending_is_over = False
        self.is_gone = False
        """Whether the connection is over, but for the socket's own owner."""
        self.counts = dict.fromkeys(("recv_cnt", "recv_oct", "send_cnt", "send_oct", "send_pend"), 0)
        options.apply(made)
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
        if self.ended or self._sending_is_over:
            return ("error", "closed")
        if packet is None:
            return ("error", "emsgsize")
        sender = Sender(memoryview(packet), Waiting(self._loop, self.options.send_timeout))
        self._senders.append(sender)
        self._go_on()
        result: Term = await sender.waiting
        if result != ("error", "timeout"):
            return result
        self._senders.remove(sender)
        self._go_on()
        if self.options.send_timeout_close == "true":
            self.close()
            return result
        return ("error", ("timeout", bytes(sender.rest)))

    def shut_down(self, how: str) -> Term:
        """End a direction, ``read`` or ``write``, or both with ``read_write``."""
        if self.ended:
            return ("error", "closed")
        try:
            self.socket.shutdown(_HOW[how])
        except OSError:
            return ("error", "enotconn")
        if how != "read":
            self._end_sending("closed")
        self._go_on()
        return "ok"

    def unreceive(self, data: bytes) -> Term:
        """Put bytes back in front of what is to be received."""
        if self.ended:
            return ("error", "closed")
        self._stream.buffer[:0] = data
        self._go_on()
        return "ok"

    def set(self, options: Options) -> None:
        """Change the options, and do what follows."""
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
            reads = self._is_wanted() and not self._stream.is_over
            events = (READ if reads else 0) | (WRITE if self._senders else 0)
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
            sent = self.socket.send(sender.rest)
            self.counts["send_oct"] += sent
            sender.rest = sender.rest[sent:]
        except BlockingIOError:
            return False
        except OSError:  # a reset, also where it is called EPIPE since the peer has ended its direction before
            self._stream.was_reset = True
            self._end_sending(self._reason())
            return True
        if not sender.rest:
            self.counts["send_cnt"] += 1
            self._senders.popleft().waiting.resolve("ok")
        return True

    def _end_sending(self, reason: str) -> None:
        """Nothing can be sent any more."""
        self._sending_is_over = True
        while self._senders:
            self._senders.popleft().waiting.resolve(("error", reason))

    def _reason(self) -> str:
        """What a lost connection is called."""
        stream, shown = self._stream, self.options.show_econnreset == "true"
        return "econnreset" if shown and stream.was_reset and not stream.reset_is_told else "closed"

    def _read(self) -> bool:
        """Read some of what has come, if it is wanted; whether there was any."""
        if self.ended or self._stream.is_over or not self._is_wanted():
            return False
        try:
            data = self.socket.recv(max(1, self._lacks() or self.options.buffer))
        except BlockingIOError:
            return False
        except OSError as reason:
            data = b""
            self._stream.was_reset |= reason.errno == errno.ECONNRESET
        self.counts["recv_oct"] += len(data)
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
            self.counts["recv_cnt"] += 1
            self._tell(receiver, self.options.shaped(packet))
        elif self._stream.is_over and (receiver is not None or not self._stream.is_told):
            self._tell_end(receiver, self._reason())
        else:
            return False
        return True

    def _tell(self, receiver: Receiver | None, data: Term) -> None:
        if receiver is not None:
            receiver.waiting.resolve(("ok", data))
            return
        if self.options.active == "once":
            self.options.active = "false"
        self.owner.send(self.options.told(self, data))

    def _tell_end(self, receiver: Receiver | None, reason: str) -> None:
        """Tell of the end, or of a packet that is too long; and close, unless the other direction is to stay open."""
        self._stream.reset_is_told |= reason == "econnreset"
        if receiver is not None:
            receiver.waiting.resolve(("error", reason))
            if reason == "emsgsize":
                return
            self._stream.buffer.clear()  # what was too little
        if self.options.active != "false" and not self._stream.is_told:
            if reason != "closed":
                self.owner.send(("tcp_error", self, reason))
            self.owner.send(("tcp_closed", self))
            self._stream.is_told = True
            self.options.active = "false"
        if self.options.exit_on_close == "false" and reason != "emsgsize":
            if self._stream.was_reset:
                self._end_sending("closed")
        elif receiver is None or self._stream.is_told:
            self.close("econnreset" if reason == "econnreset" else "normal")
        else:
            self._disconnect()

    def _disconnect(self) -> None:
        """The peer's end was told to a receive: the connection is over, and the owner still to be told when it asks."""
        self.is_gone = True
        self._end_sending("closed")
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
