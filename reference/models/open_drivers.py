"""Drivers that choose another way than the reference where no clause speaks."""

from __future__ import annotations

import contextlib

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Request
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import HALF_CLOSED, OPEN, PASSIVE
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.reference.tables import Edit, Instead, edited
from gen_tck.spec.terms import Atom, Term


class KernelHasRoom(TcpDriver):
    """The kernel takes more than the option says."""

    def set_kernel_option(self, name: str, value: Term) -> None:
        super().set_kernel_option(name, 1 << 24 if name == "sndbuf" else value)


class ReadsOn(TcpDriver):
    """What was read and not handed over goes together with what has come since."""

    def read(self, request: int = 0) -> None:
        if not request:
            self._read_on()
        super().read(request)

    def deliver_what_is_there(self, direct: bool) -> None:
        self._read_on()
        super().deliver_what_is_there(direct)

    def _read_on(self) -> None:
        if self.input and self.options["packet"] in (0, a.raw) and self.state in OPEN:
            with contextlib.suppress(SocketError):
                self.input += self.socket.read(1 << 20) or b""


class PollLooksFurther(TcpDriver):
    """A receive without time reads until there is nothing more."""

    def expire(self) -> None:
        if self.receiving is not None and self.receiving.timer is None:
            before = -1
            while self.receiving is not None and before < len(self.input):
                before = len(self.input)
                self.read()
        if self.receiving is not None:
            super().expire()


class FramingLooksAnew(TcpDriver):
    """A new framing finds what has come already, for an active mode and for a receive."""

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        framing = self.options["packet"]
        given = [value for name, value in pairs if name == "packet"]
        if given and given[-1] != framing and self.is_taken():
            self.bytes_wanted = 0
        super().set_options(pairs)
        if given and given[-1] != framing and self.mode is PASSIVE and self.receiving is not None:
            self.deliver_what_is_there(False)


class BadPacketCloses(TcpDriver):
    """A bad packet closes the socket of an active mode, whatever ``exit_on_close`` says."""

    _told = ("release_blocked_sender", "drop_input", "tell_failure", "tell_closed")
    tables = edited(
        TcpDriver.tables,
        Edit(
            OPEN,
            "failure",
            "is_active and exit_on_close",
            (
                Instead((*_told, "exit"), when="is_active and is_bad_packet"),
                Instead((*_told, "exit_for"), when="is_active and exit_on_close"),
            ),
        ),
    )

    def is_bad_packet(self, reason: Atom) -> bool:
        """Whether what was read is no packet."""
        return reason is a.emsgsize


class LeftoverIsDelivered(TcpDriver):
    """What was read for a receive that is gone, or overtaken, becomes a message of an active mode at once."""

    def receiver_ends(self, request: Request) -> None:
        super().receiver_ends(request)
        self._deliver_rest()

    def expire(self) -> None:
        super().expire()
        self._deliver_rest()

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        if self.mode is PASSIVE and any(name == "active" and value is not a.false for name, value in pairs):
            self.bytes_wanted = 0
        super().set_options(pairs)

    def _deliver_rest(self) -> None:
        if self.state in OPEN and self.mode is not PASSIVE and self.receiving is None:
            self.deliver_what_is_there(False)


class TooLateToExit(TcpDriver):
    """A socket that is half open stays so, whatever is made of ``exit_on_close``."""

    tables = edited(
        TcpDriver.tables,
        Edit(
            (HALF_CLOSED,),
            "fin",
            "is_active and exit_on_close",
            (
                Instead(
                    ("release_sender", "drop_input", "tell_closed", "stop_reading"),
                    when="is_active and exit_on_close",
                ),
            ),
        ),
    )
