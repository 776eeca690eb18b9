"""How OTP's inet backend departs from the reference where it sends files."""

from __future__ import annotations

from functools import partial

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import OPEN
from gen_tck.reference.functions import Function
from gen_tck.reference.models.departure import Departure
from gen_tck.reference.models.otp_inet_receiving import SWITCH
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.reference.prim_inet import error
from gen_tck.reference.sent_files import answer_in
from gen_tck.reference.tables import Around
from gen_tck.reference.vm import EXIT, Process
from gen_tck.spec.terms import Atom, Term


class EndOfThePeerEndsAFile(TcpDriver):
    """Its sender is told so; it is sent all the same, and then its sender is told again."""

    def abandon_file(self, _: object) -> None:
        """Say that there is no connection any more."""
        if self.file is not None:
            self.answer_file(self.file, (a.error, a.closed))


class FailureUnderAFileIsForgotten(TcpDriver):
    """``TCP_REQ_SENDFILE`` says whom to tell, and he is told of the file."""

    under_a_file = False
    """Whether a file is being sent while a write fails."""

    def write_failed(self, error: SocketError) -> None:
        """Say which one it is that fails."""
        self.under_a_file = self.file is not None
        super().write_failed(error)
        self.under_a_file = False

    def remember_failure(self, reason: Atom) -> None:
        """It is not kept for who sends next."""
        kept = self.pending_errors.get("send")
        super().remember_failure(reason)
        if self.under_a_file and kept is None:
            self.pending_errors.pop("send", None)


async def until_exit(process: Process, socket: Term) -> Term:
    """``prim_inet:sendfile_1/4``: the end of the socket is an exit message, which comes to those who trap exits."""

    def select(message: Term) -> Term:
        match message:
            case (kind, port, _) if kind is EXIT and port == socket:
                return error(a.closed)
        return answer_in(message, socket)

    return await process.receive(select)


def waits_for_an_exit_message(call: Function) -> Function:
    """``file:sendfile``, which does not watch the socket."""
    return partial(call, wait=until_exit)


FILES = (
    Departure(
        "otp-inet/end-of-the-peer-ends-a-file",
        "who sends a file is told that the connection is closed when the peer has ended its direction; it is sent all "
        "the same, and then a message that nobody waits for says so",
        otp="inet_drv.c: tcp_recv_closed; inet_drv.c: tcp_sendfile_aborted",
        clauses=("sending/half-open-socket-goes-on-with-a-file",),
        edits=(
            Around(OPEN, "fin", "is_active", first=("abandon_file",)),
            Around(OPEN, "fin", "", first=("abandon_file",)),
        ),
        driver=EndOfThePeerEndsAFile,
        after=(SWITCH.name,),
    ),
    Departure(
        "otp-inet/failure-under-a-file-is-forgotten",
        "when a write of a file fails its sender is told, and who sends next finds no connection instead of the "
        "failure; which is a variant of the clause on that",
        otp="inet_drv.c: tcp_inet_ctl; inet_drv.c: tcp_send_or_shutdown_error",
        until=25,
        driver=FailureUnderAFileIsForgotten,
    ),
    Departure(
        "otp-inet/file-waits-for-an-exit-message",
        "who sends a file waits for ever when another process closes the socket, unless it traps exits",
        otp="prim_inet.erl: sendfile_1/4",
        clauses=("sending/close-ends-a-file",),
        functions=dict.fromkeys(["file.sendfile/2", "file.sendfile/5"], waits_for_an_exit_message),
    ),
)
