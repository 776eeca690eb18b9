"""Drivers as variants of clauses have them."""

from __future__ import annotations

from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.inet_drv import CONNECTED, HALF_CLOSED, TABLE, TcpDriver
from gen_tck.reference.port import OpenPort
from gen_tck.spec.terms import Atom, Pid, Reference, Term

_OPEN = (CONNECTED, HALF_CLOSED)


class SocketPort(OpenPort):
    """Its end is that of a socket, to those who monitor it."""

    def down(self, reference: Reference, reason: Term) -> Term:
        message = super().down(reference, reason)
        return (*message[:2], Atom("socket"), self.id, a.closed)


class SocketGoesDown(TcpDriver):
    """What monitors tell of."""

    port_class = SocketPort


class ReceiverFirst(TcpDriver):
    """A receive that was there before the socket became active is served first, and told of the end."""

    table = {
        key: (
            ("serve_or_tell",)
            if key[0] in _OPEN and key[1:] == ("packet", True)
            else ("answer_closed", *actions)
            if key[0] in _OPEN and key[1:] == ("fin", True)
            else ("answer_failure", *actions)
            if key[0] in _OPEN and key[1:] == ("failure", True)
            else actions
        )
        for key, actions in TABLE.items()
    }

    def serve_or_tell(self, packet: bytes) -> None:
        if self.receiving is not None:
            self.answer_packet(packet)
        else:
            self.tell_packet(packet)
            self.count_packet(None)


class BufferIsDropped(TcpDriver):
    """The buffer of a receive is out of use when that has expired, or when an active mode takes over."""

    def receive_timeout(self) -> None:
        super().receive_timeout()
        self._drop()

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        if self.state in _OPEN and any(name == "active" and value is not a.false for name, value in pairs):
            self._drop()
        super().set_options(pairs)

    def _drop(self) -> None:
        if not self.input:
            self.bytes_wanted = self.buffer_size = 0


class LargeSendWaits(TcpDriver):
    """Who sends more than the kernel takes waits for room."""

    def _write(self, caller: Pid, packet: bytes) -> None:
        replied: list[Term] = []
        self.reply = lambda _, status: replied.append(status)  # type: ignore[method-assign]
        try:
            super()._write(caller, packet)
        finally:
            del self.reply  # type: ignore[method-assign]
        if replied == [a.ok] and self.output:
            self._become_busy(caller)
        else:
            for status in replied:
                self.reply(caller, status)


class EmptySendFails(TcpDriver):
    """Sending nothing fails as sending anything does."""

    def _write(self, caller: Pid, packet: bytes) -> None:
        if packet or not self.write_ended:
            super()._write(caller, packet)
        else:
            self.waiting_senders.append(caller)
            self.handle("write_failure", a.closed)


class FailedSendIsAll(TcpDriver):
    """A send that fails after one's own shutdown fails, and nothing else happens."""

    def _write(self, caller: Pid, packet: bytes) -> None:
        if packet and self.write_ended:
            self.reply(caller, (a.error, a.closed))
        else:
            super()._write(caller, packet)


class HalfOpenIsPassive(TcpDriver):
    """When the end was told, the mode is passive."""

    def exit_or_half_close(self, detail: object) -> None:
        super().exit_or_half_close(detail)
        if self.state is HALF_CLOSED:
            self.active = a.false


class ReadAheadIsUnread(TcpDriver):
    """Closing with data that was read ahead and not received resets, as with data that was not read."""

    def release(self) -> None:
        if self.input and self.state in _OPEN:
            self.socket.set_option("linger", (a.true, 0))
        super().release()


class BadPacketIsTold(TcpDriver):
    """A bad packet is told to an active socket's owner, and makes it passive; that is all."""

    def handle(self, event: str, detail: Any = None) -> None:
        if event == "failure" and detail is a.emsgsize and self.active is not a.false:
            self.drop_input(None)
            self.active = a.false
            self.tell_failure(detail)
        else:
            super().handle(event, detail)


class BadPacketStays(TcpDriver):
    """A receive is told of a bad packet, as is every further one; that is all."""

    def handle(self, event: str, detail: Any = None) -> None:
        if event == "failure" and detail is a.emsgsize and self.active is a.false:
            self.answer_failure(detail)
        else:
            super().handle(event, detail)


class BadPacketIsDropped(TcpDriver):
    """A receive is told of a bad packet, which is gone then; that is all."""

    def handle(self, event: str, detail: Any = None) -> None:
        if event == "failure" and detail is a.emsgsize and self.active is a.false:
            self.drop_input(None)
            self.answer_failure(detail)
        else:
            super().handle(event, detail)
