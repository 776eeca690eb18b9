"""Drivers that choose another way than the reference where no clause speaks."""

from __future__ import annotations

import contextlib

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.inet_drv import CONNECTED, HALF_CLOSED, Request, TcpDriver
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.spec.terms import Atom, Term

_OPEN = (CONNECTED, HALF_CLOSED)


class KernelHasRoom(TcpDriver):
    """The kernel takes more than the option says."""

    def _set_kernel_option(self, name: str, value: Term) -> None:
        super()._set_kernel_option(name, 1 << 24 if name == "sndbuf" else value)


class ReadsOn(TcpDriver):
    """What was read and not handed over goes together with what has come since."""

    def _read(self, request: int = 0) -> None:
        if not request:
            self._read_on()
        super()._read(request)

    def deliver_what_is_there(self, direct: bool) -> None:
        self._read_on()
        super().deliver_what_is_there(direct)

    def _read_on(self) -> None:
        if self.input and self.options["packet"] in (0, a.raw) and self.state in _OPEN:
            with contextlib.suppress(SocketError):
                self.input += self.socket.read(1 << 20) or b""


class PollLooksFurther(TcpDriver):
    """A receive without time reads until there is nothing more."""

    def receive_timeout(self) -> None:
        if self.receiving is not None and self.receiving.timer is None:
            before = -1
            while self.receiving is not None and before < len(self.input):
                before = len(self.input)
                self._read()
        if self.receiving is not None:
            super().receive_timeout()


class FramingLooksAnew(TcpDriver):
    """A new framing finds what has come already, for an active mode and for a receive."""

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        framing = self.options["packet"]
        given = [value for name, value in pairs if name == "packet"]
        if given and given[-1] != framing and self._is_taken():
            self.bytes_wanted = 0
        super().set_options(pairs)
        if given and given[-1] != framing and self.active is a.false and self.receiving is not None:
            self.deliver_what_is_there(False)


class BadPacketCloses(TcpDriver):
    """A bad packet closes the socket of an active mode, whatever ``exit_on_close`` says."""

    def exit_for_or_disconnect(self, reason: Atom) -> None:
        if reason is a.emsgsize:
            self.exit(a.normal)
        else:
            super().exit_for_or_disconnect(reason)


class LeftoverIsDelivered(TcpDriver):
    """What was read for a receive that is gone, or overtaken, becomes a message of an active mode at once."""

    def _forget_receive(self, request: Request) -> None:
        super()._forget_receive(request)
        self._deliver_rest()

    def receive_timeout(self) -> None:
        super().receive_timeout()
        self._deliver_rest()

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        if self.active is a.false and any(name == "active" and value is not a.false for name, value in pairs):
            self.bytes_wanted = 0
        super().set_options(pairs)

    def _deliver_rest(self) -> None:
        if self.state in _OPEN and self.active is not a.false and self.receiving is None:
            self.deliver_what_is_there(False)


class TooLateToExit(TcpDriver):
    """A socket that is half open stays so, whatever is made of ``exit_on_close``."""

    def exit_or_half_close(self, detail: object) -> None:
        if self.state is HALF_CLOSED:
            self.read_stopped = True
        else:
            super().exit_or_half_close(detail)
