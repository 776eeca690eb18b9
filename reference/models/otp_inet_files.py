"""How OTP's inet backend departs from the reference where it sends files.

The flag that a file is being sent stays until that is done or the port is closed, whatever becomes of the connection,
and the driver says of what it finds meanwhile only what is said of files. What that is goes to the owner.
"""

from __future__ import annotations

from functools import partial

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import OutFile
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import OPEN
from gen_tck.reference.functions import Function
from gen_tck.reference.models.departure import Departure
from gen_tck.reference.models.otp_inet_closing import TELLS_NOBODY
from gen_tck.reference.models.otp_inet_receiving import SWITCH
from gen_tck.reference.models.otp_inet_sending import DESCRIPTOR
from gen_tck.reference.prim_inet import error
from gen_tck.reference.sent_files import answer_in
from gen_tck.reference.tables import Around
from gen_tck.reference.vm import EXIT, Process
from gen_tck.spec.terms import Atom, Pid, Term

_ACTIVE, _EXITS = "is_active", "exit_on_close"
_WRITE_FAILURES = (f"{_ACTIVE} and {_EXITS}", _ACTIVE, "")


class AnyFile(TcpDriver):
    """What departures do to a file that is being sent, if there is one."""

    def abandon_file(self, reason: Atom | None) -> None:
        """Say that it is not sent: ``reason``, or that there is no connection any more."""
        if self.file is not None:
            told = reason if reason not in (None, a.econnreset) else a.closed
            self.answer_file(self.file, (a.error, told))

    def forget_file(self, _: object) -> None:
        """Nobody is told of it any more."""
        self.file = None

    def fail_file(self, reason: Atom) -> None:
        """It is not sent, and its sender is told why."""
        self.abandon_file(reason)
        self.forget_file(None)


class ShutdownForgetsAFile(AnyFile):
    """``tcp_shutdown_error``."""

    def forget_file_at_shutdown(self, reason: Atom) -> None:
        """A file that waits behind a shutdown, when something else is to be sent."""
        if reason is a.epipe:
            self.forget_file(None)


class SendTimeoutForgetsAFile(AnyFile):
    """``tcp_inet_send_timeout``."""

    def reply_timeout(self, _: object) -> None:
        if self.send_timeout_close(None):
            self.forget_file(None)
        super().reply_timeout(None)


class FailureUnderAFileTellsNoSender(TcpDriver):
    """``tcp_send_or_shutdown_error``."""

    under_a_file: bool = False
    """Whether a file was being sent when a write failed."""

    def note_file(self, _: object) -> None:
        """What is said of a failure depends on it."""
        self.under_a_file = self.file is not None

    def reply_failure(self, reason: Atom) -> None:
        if self.under_a_file:
            self.waiting_senders.clear()
        super().reply_failure(reason)


class FailureUnderAFileIsForgotten(TcpDriver):
    """``TCP_REQ_SENDFILE`` says whom to tell, and he is told of the file."""

    file_is_last: bool = False
    """Whether nobody was told what came of a command since a file was to be sent."""

    def send_file(self, caller: Pid, data: bytes) -> None:
        self.file_is_last = True
        super().send_file(caller, data)

    def reply(self, caller: Pid, status: Term) -> None:
        self.file_is_last = False
        super().reply(caller, status)

    def remember_failure(self, reason: Atom) -> None:
        """It is not kept for who sends next."""
        kept = self.pending_errors.get("send")
        super().remember_failure(reason)
        if self.file_is_last and kept is None:
            self.pending_errors.pop("send", None)


class OwnerIsTold(TcpDriver):
    """``tcp_sendfile_completed``."""

    def write_file(self) -> bool:
        """What waits behind it goes in a turn of its own: who was let go may come before (``tcp_inet_output``)."""
        was_busy = self.port.busy
        is_through = super().write_file()
        lets_in = is_through and was_busy and not self.port.busy and self.output
        return is_through and not (lets_in and self.vm.choose("who goes on when a file is sent comes first", 2))

    def end_file(self, status: Term) -> None:
        """Who waits for room behind it is told before."""
        is_sent = self.file is not None and type(status) is tuple and status[0] is a.ok
        if is_sent and len(self.output) <= self.options["low_watermark"]:
            self.handle("let_go", a.ok)
        super().end_file(status)

    def answer_file(self, file: OutFile, status: Term) -> None:
        file.caller = self.port.owner
        super().answer_file(file, status)


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
        "who sends a file is told that the connection is closed when the peer has ended its direction, or that reading "
        "failed; it is sent all the same, and then a message that nobody waits for says so",
        otp="inet_drv.c: tcp_recv_closed; inet_drv.c: tcp_recv_error; inet_drv.c: tcp_sendfile_aborted",
        clauses=("sending/half-open-socket-goes-on-with-a-file",),
        edits=(
            Around(OPEN, "fin", _ACTIVE, first=("abandon_file",)),
            Around(OPEN, "fin", "", first=("abandon_file",)),
            Around(OPEN, "failure", _ACTIVE, first=("abandon_file",)),
            Around(OPEN, "failure", "", first=("abandon_file",)),
        ),
        driver=AnyFile,
        after=(SWITCH.name,),
    ),
    Departure(
        "otp-inet/failure-to-read-is-told-of-a-file",
        "who sends a file is told what was wrong with what the peer has sent, emsgsize, and not that the connection is "
        "closed",
        otp="inet_drv.c: tcp_recv_error; inet_drv.c: tcp_sendfile_aborted",
        edits=(
            Around(OPEN, "failure", f"{_ACTIVE} and {_EXITS}", first=("fail_file",)),
            Around(OPEN, "failure", _EXITS, first=("fail_file",)),
        ),
        driver=AnyFile,
    ),
    Departure(
        "otp-inet/shutdown-forgets-a-file",
        "a command that comes after a shutdown ends the connection, and a file that the shutdown waits for is never "
        "answered",
        otp="inet_drv.c: tcp_shutdown_error; inet_drv.c: tcp_send_or_shutdown_error",
        edits=tuple(
            [Around(OPEN, "write_failure", each, first=("forget_file_at_shutdown",)) for each in _WRITE_FAILURES]
        ),
        driver=ShutdownForgetsAFile,
        after=(DESCRIPTOR.name,),
    ),
    Departure(
        "otp-inet/failure-under-a-file-tells-no-sender",
        "when a write fails while a file is being sent, who waits for a reply is not told",
        otp="inet_drv.c: tcp_send_or_shutdown_error",
        clauses=("sending/reset-ends-sends-behind-a-file",),
        edits=tuple([Around(OPEN, "write_failure", each, first=("note_file",)) for each in _WRITE_FAILURES]),
        driver=FailureUnderAFileTellsNoSender,
        after=(DESCRIPTOR.name, "otp-inet/shutdown-forgets-a-file"),
    ),
    Departure(
        "otp-inet/send-timeout-forgets-a-file",
        "the timeout of a send closes the descriptor, and leaves who sends a file to wait for ever",
        otp="inet_drv.c: tcp_inet_send_timeout",
        clauses=("sending/send-timeout-close-ends-a-file",),
        driver=SendTimeoutForgetsAFile,
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
        "otp-inet/owner-is-told-of-a-file",
        "what becomes of a file is told to who owns the socket by then, whoever sends it",
        otp="inet_drv.c: tcp_sendfile_completed; inet_drv.c: tcp_sendfile_aborted",
        driver=OwnerIsTold,
    ),
    Departure(
        "otp-inet/file-waits-for-an-exit-message",
        "who sends a file waits for ever when another process closes the socket, unless it traps exits",
        otp="prim_inet.erl: sendfile_1/4",
        clauses=("sending/close-ends-a-file",),
        functions=dict.fromkeys(["file.sendfile/2", "file.sendfile/5"], waits_for_an_exit_message),
        after=(TELLS_NOBODY.name,),
    ),
)
