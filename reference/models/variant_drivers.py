"""Drivers as variants of clauses have them."""

from __future__ import annotations

import contextlib
from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.flow import Command
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import ALWAYS, COUNTED, DISCONNECTED, HALF_CLOSED, ONCE, OPEN, PASSIVE
from gen_tck.reference.net.os_tcp import Direction, SocketError
from gen_tck.reference.port import OpenPort
from gen_tck.reference.tables import Edit, Instead, edited
from gen_tck.spec.terms import Atom, Pid, Reference, Term


class SocketPort(OpenPort):
    """Its end is that of a socket, to those who monitor it."""

    def down(self, reference: Reference, reason: Term) -> Term:
        message = super().down(reference, reason)
        return (*message[:2], Atom("socket"), self.id, a.closed)


class SilentPort(OpenPort):
    """Its end is no signal to its owner."""

    def close(self, reason: Term) -> None:
        owner = self.vm.processes.get(self.owner)
        if reason is a.normal and owner is not None and not self.closed:
            owner.links.discard(self.id)
            self.links.discard(self.owner)
        super().close(reason)


class ClosesSilently(TcpDriver):
    """A close by whomever reaches no owner, be it one that traps exits."""

    port_class = SilentPort


class SocketGoesDown(TcpDriver):
    """What monitors tell of."""

    port_class = SocketPort


_SERVED = Instead(("answer_packet",), when="has_receiver")
_TELL_END = ("release_sender", "drop_input", "tell_closed")
_TELL_FAILURE = ("release_blocked_sender", "drop_input", "tell_failure", "tell_closed")
_EXITS, _ACTIVE = "is_active and exit_on_close", "is_active"


class ReceiverFirst(TcpDriver):
    """A receive that was there before the socket became active is served first, and told of the end."""

    tables = edited(
        TcpDriver.tables,
        Edit((ALWAYS,), "packet", "", (_SERVED, Instead(("tell_packet",)))),
        Edit((ONCE,), "packet", "", (_SERVED, Instead(("tell_packet",), PASSIVE))),
        Edit(
            (COUNTED,),
            "packet",
            "is_last",
            (_SERVED, Instead(("tell_packet", "tell_passive"), PASSIVE, when="is_last")),
        ),
        Edit(OPEN, "fin", _EXITS, (Instead(("answer_closed", *_TELL_END, "exit"), when=_EXITS),)),
        Edit(
            OPEN,
            "fin",
            _ACTIVE,
            (Instead(("answer_closed", *_TELL_END, "stop_reading"), HALF_CLOSED, when=_ACTIVE),),
        ),
        Edit(OPEN, "failure", _EXITS, (Instead(("answer_failure_or_end", *_TELL_FAILURE, "exit_for"), when=_EXITS),)),
        Edit(
            OPEN,
            "failure",
            _ACTIVE,
            (Instead(("answer_failure_or_end", *_TELL_FAILURE, "lose_connection"), DISCONNECTED, when=_ACTIVE),),
        ),
    )

    def has_receiver(self, _: object) -> bool:
        """Whether a receive waits."""
        return self.receiving is not None

    def answer_failure_or_end(self, reason: Atom) -> None:
        """What it is told of a failure may be the end of the connection."""
        self.answer_failure(a.closed if self.vm.choose("what a receive is told of an active socket", 2) else reason)


class BufferIsDropped(TcpDriver):
    """The buffer of a receive is out of use when that has expired, or when an active mode takes over."""

    def expire(self) -> None:
        super().expire()
        self._drop()

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        if self.state in OPEN and any(name == "active" and value is not a.false for name, value in pairs):
            self._drop()
        super().set_options(pairs)

    def _drop(self) -> None:
        if not self.input:
            self.bytes_wanted = self.buffer_size = 0


class LargeSendWaits(TcpDriver):
    """Who sends more than the kernel takes waits for room."""

    _writing = False

    def write(self, command: Command) -> None:
        self._writing = True
        try:
            super().write(command)
        finally:
            self._writing = False

    def reply(self, caller: Pid, status: Term) -> None:
        if self._writing and status is a.ok and self.output:
            self._writing = False
            self.fill((caller, b""))
        else:
            super().reply(caller, status)


class EmptySendFails(TcpDriver):
    """Sending nothing asks the kernel, and fails as sending anything does."""

    def write(self, command: Command) -> None:
        try:
            if not command[1]:
                self.socket.write(b"")
        except SocketError as error:
            self.wait_for_reply(command)
            self.write_failed(error)
        else:
            super().write(command)


class FailedSendIsAll(TcpDriver):
    """A send that fails after one's own shutdown fails, and nothing else happens."""

    def write_failed(self, error: SocketError) -> None:
        if self.has_ended_writing():
            self.handle("let_go", (a.error, a.closed))
        else:
            super().write_failed(error)


class HalfOpenIsPassive(TcpDriver):
    """When the end was told, the mode is passive."""

    tables = edited(
        TcpDriver.tables,
        Edit(
            OPEN,
            "fin",
            _ACTIVE,
            (Instead((*_TELL_END, "stop_reading", "turn_passive"), HALF_CLOSED, when=_ACTIVE),),
        ),
    )

    def turn_passive(self, _: object) -> None:
        """It is no longer active."""
        self.handle("set_false")


class ReadAheadIsUnread(TcpDriver):
    """Closing with data that was read ahead and not received resets, as with data that was not read."""

    def release(self) -> None:
        if self.input and self.state in OPEN:
            self.socket.set_option("linger", (a.true, 0))
        super().release()


class BadPacketIsTold(TcpDriver):
    """A bad packet is told to an active socket's owner, and makes it passive; that is all."""

    def handle(self, event: str, detail: Any = None) -> None:
        if event == "failure" and detail is a.emsgsize and self.mode is not PASSIVE:
            self.drop_input(None)
            self.handle("set_false")
            self.tell_failure(detail)
        else:
            super().handle(event, detail)


class BadPacketStays(TcpDriver):
    """A receive is told of a bad packet, as is every further one; that is all."""

    def handle(self, event: str, detail: Any = None) -> None:
        if event == "failure" and detail is a.emsgsize and self.mode is PASSIVE:
            self.answer_failure(detail)
        else:
            super().handle(event, detail)


class BadPacketIsDropped(TcpDriver):
    """A receive is told of a bad packet, which is gone then; that is all."""

    def handle(self, event: str, detail: Any = None) -> None:
        if event == "failure" and detail is a.emsgsize and self.mode is PASSIVE:
            self.drop_input(None)
            self.answer_failure(detail)
        else:
            super().handle(event, detail)


class ShutForReading(TcpDriver):
    """It knows that it has shut down the direction from the peer."""

    deaf = False

    def shutdown(self, direction: Direction) -> None:
        super().shutdown(direction)
        self.deaf = self.deaf or direction != "write"


class ShutdownStaysOpen(ShutForReading):
    """The end that is one's own doing is told, and ends nothing, whatever ``exit_on_close`` says."""

    tables = edited(
        TcpDriver.tables,
        Edit(
            OPEN,
            "fin",
            _EXITS,
            (
                Instead((*_TELL_END, "stop_reading"), HALF_CLOSED, when="is_active and is_deaf"),
                Instead(("release_sender", "drop_input", "answer_closed"), HALF_CLOSED, when="is_deaf"),
                Instead((*_TELL_END, "exit"), when=_EXITS),
            ),
        ),
        Edit(
            OPEN,
            "failure",
            "exit_on_close",
            (
                Instead(("release_blocked_sender", "drop_input", "answer_failure"), HALF_CLOSED, when="is_deaf"),
                Instead(
                    ("release_blocked_sender", "drop_input", "lose_connection", "answer_failure"),
                    DISCONNECTED,
                    when="exit_on_close",
                ),
            ),
        ),
    )

    def is_deaf(self, _: object) -> bool:
        """Whether what comes from the peer has ended by one's own doing."""
        return self.deaf

    def release_sender(self, detail: object) -> None:
        if not self.deaf:
            super().release_sender(detail)


class ArrivedIsDiscarded(ShutForReading):
    """A shutdown for reading discards what has come, or what of it was not read ahead."""

    def shutdown(self, direction: Direction) -> None:
        if direction != "write" and self.state in OPEN:
            with contextlib.suppress(SocketError):
                while self.socket.read(1 << 20):
                    pass
            if not self.vm.choose("what a shutdown discards", 2):
                self.drop_input(None)
        super().shutdown(direction)


class NothingAfterShutdown(ShutForReading):
    """After a shutdown for reading there is what had come before it, or before the next look, and nothing else."""

    ended = False

    def shutdown(self, direction: Direction) -> None:
        first = direction != "write" and self.state in OPEN and not self.deaf
        if first and not self.vm.choose("when what comes after a shutdown is lost", 2):
            self._take(keep=True)
        super().shutdown(direction)

    def read(self, request: int = 0) -> None:
        if self.deaf:
            self._take(keep=not self.ended)
        super().read(request)

    def _take(self, *, keep: bool) -> None:
        self.ended = True
        with contextlib.suppress(SocketError):
            while data := self.socket.read(1 << 20):
                if keep:
                    self.input += data
