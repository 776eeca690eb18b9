"""Drivers as variants of clauses have them."""

from __future__ import annotations

import contextlib
from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.inet_drv import CONNECTED, HALF_CLOSED, TABLE, Actions, TcpDriver, Transition
from gen_tck.reference.net.os_tcp import Direction, SocketError
from gen_tck.reference.port import OpenPort
from gen_tck.spec.terms import Atom, Pid, Reference, Term

_OPEN = (CONNECTED, HALF_CLOSED)


def _receiver_first(transition: Transition, actions: Actions) -> Actions:
    state, event, active = transition
    if state not in _OPEN or not active:
        return actions
    if event == "packet":
        return ("serve_or_tell",)
    first = {"fin": "answer_closed", "failure": "answer_failure_or_end"}.get(event)
    return actions if first is None else (first, *actions)


_RECEIVER_FIRST = {transition: _receiver_first(transition, actions) for transition, actions in TABLE.items()}


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


class ReceiverFirst(TcpDriver):
    """A receive that was there before the socket became active is served first, and told of the end."""

    table = _RECEIVER_FIRST

    def serve_or_tell(self, packet: bytes) -> None:
        if self.receiving is not None:
            self.answer_packet(packet)
        else:
            self.tell_packet(packet)
            self.count_packet(None)

    def answer_failure_or_end(self, reason: Atom) -> None:
        self.answer_failure(a.closed if self.vm.choose("what a receive is told of an active socket", 2) else reason)


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

    _writing = False

    def _write(self, caller: Pid, packet: bytes) -> None:
        self._writing = True
        try:
            super()._write(caller, packet)
        finally:
            self._writing = False

    def reply(self, caller: Pid, status: Term) -> None:
        if self._writing and status is a.ok and self.output:
            self._writing = False
            self._become_busy(caller)
        else:
            super().reply(caller, status)


class EmptySendFails(TcpDriver):
    """Sending nothing asks the kernel, and fails as sending anything does."""

    def _write(self, caller: Pid, packet: bytes) -> None:
        try:
            if not packet:
                self.socket.write(packet)
        except SocketError as error:
            self.waiting_senders.append(caller)
            self._write_failed(error)
        else:
            super()._write(caller, packet)


class FailedSendIsAll(TcpDriver):
    """A send that fails after one's own shutdown fails, and nothing else happens."""

    def _write_failed(self, error: SocketError) -> None:
        if self.write_ended:
            self._no_longer_busy((a.error, a.closed))
        else:
            super()._write_failed(error)


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


class ShutForReading(TcpDriver):
    """It knows that it has shut down the direction from the peer."""

    deaf = False

    def shutdown(self, direction: Direction) -> None:
        super().shutdown(direction)
        self.deaf = self.deaf or direction != "write"


class ShutdownStaysOpen(ShutForReading):
    """The end that is one's own doing is told, and ends nothing, whatever ``exit_on_close`` says."""

    def exit_or_half_close(self, detail: object) -> None:
        if self.deaf:
            self.state, self.read_stopped = HALF_CLOSED, True
        else:
            super().exit_or_half_close(detail)

    def disconnect_or_half_close(self, detail: object) -> None:
        if self.deaf:
            self.state = HALF_CLOSED
        else:
            super().disconnect_or_half_close(detail)

    def release_sender(self, detail: object) -> None:
        if not self.deaf:
            super().release_sender(detail)


class ArrivedIsDiscarded(ShutForReading):
    """A shutdown for reading discards what has come, or what of it was not read ahead."""

    def shutdown(self, direction: Direction) -> None:
        if direction != "write" and self.state in _OPEN:
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
        first = direction != "write" and self.state in _OPEN and not self.deaf
        if first and not self.vm.choose("when what comes after a shutdown is lost", 2):
            self._take(keep=True)
        super().shutdown(direction)

    def _read(self, request: int = 0) -> None:
        if self.deaf:
            self._take(keep=not self.ended)
        super()._read(request)

    def _take(self, *, keep: bool) -> None:
        self.ended = True
        with contextlib.suppress(SocketError):
            while data := self.socket.read(1 << 20):
                if keep:
                    self.input += data
