"""How OTP's inet driver departs from the reference where it sends and shuts down."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Refused
from gen_tck.reference.driver.flow import Command
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import OPEN, Queue, Writing
from gen_tck.reference.errors import badarg
from gen_tck.reference.models.departure import Departure
from gen_tck.reference.models.otp_inet_closing import SendersAreReleased
from gen_tck.reference.models.otp_inet_receiving import ReceiveTimers
from gen_tck.reference.net.os_tcp import Direction
from gen_tck.reference.port import OpenPort
from gen_tck.reference.tables import Addition, Around, InFront, Instead, Row
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Pid


class OneCallerIsKnown(TcpDriver):
    """``inet_reply``."""

    caller: Pid = Pid(0)
    """Of the last command."""

    def command(self, caller: Pid, data: bytes) -> None:
        self.waiting_senders.clear()
        self.caller = caller
        super().command(caller, data)


class WaitingSenderIsTold(TcpDriver):
    """``tcp_sendv``."""

    def command(self, caller: Pid, data: bytes) -> None:
        if self.pending_shutdown is not None and self.waiting_senders:
            self.handle("write_failure", a.epipe)
            self.watch()
        else:
            super().command(caller, data)


class EndIsNotNoted(TcpDriver):
    """``tcp_inet_ctl``, ``TCP_REQ_SHUTDOWN``."""

    noted_end: bool = False
    """Whether it has noted that this side has ended its direction."""

    def shut_down_as_noted(self, _: object) -> None:
        self.noted_end = True
        super().shut_down_as_noted(None)

    def shut_down(self, direction: Direction) -> None:
        try:
            super().shut_down(direction)
        except Refused:
            self.noted_end = self.noted_end or direction != "read"
            raise

    def has_ended_writing(self) -> bool:
        return self.noted_end


class SmallerShutdown(TcpDriver):
    """``tcp_shutdown_async``."""

    def both_put_off(self, direction: Direction) -> Direction:
        """The flag of writing alone is looked at first."""
        return "write" if self.pending_shutdown == "write" else direction


class KernelIsNotAsked(TcpDriver):
    """``tcp_sendv``."""

    shut_after_queue: bool = False
    """Whether a shutdown had to wait for output to be sent."""

    def shut_down_as_noted(self, _: object) -> None:
        self.shut_after_queue = True
        super().shut_down_as_noted(None)

    def write(self, command: Command) -> None:
        if self.shut_after_queue:
            self.wait_for_reply(command)
            self.handle("write_failure", a.closed)
        else:
            super().write(command)


_SUSPENDED, _, _QUEUED = range(3)


class CallersGetThrough(OpenPort):
    """``erl_port_task.c``: callers that a port lets go run on several schedulers."""

    async def busy_again(self, caller: Process) -> None:
        """Its command is executed all the same, or put aside until the port is free, and it not suspended."""
        how = self.vm.choose("how a caller goes on while another makes the port busy", 3)
        if how == _SUSPENDED:
            await self.suspend(caller)
        elif how == _QUEUED:
            self.suspended.append(caller)
            while any(each is caller for each in self.suspended):
                await caller.give_way()
            if self.closed:
                raise badarg()


THROUGH = Departure(
    "otp-inet/callers-get-through-a-port-that-is-busy-again",
    "of callers that a port lets go one may find it free before another has made it busy again, and is not suspended; "
    "no clause says who is faster",
    otp="erl_port_task.c: busy_wait_move_to_busy_queue",
    port=CallersGetThrough,
)
RELEASED = Departure(
    "otp-inet/senders-are-released-whatever-exit-on-close-says",
    "when the end or a failure is found, senders that are held up are told so and the queue is dropped, though the "
    "socket stays open",
    otp="inet_drv.c: tcp_recv_closed; inet_drv.c: tcp_recv_error",
    clauses=("sending/fin-keeps-pending-output",),
    # a queue that is dropped leaves the flag that a shutdown is to follow it: who sends then has failed
    edits=(
        Addition("send queue", Row((Queue.EMPTY,), "writable", ("end_writing_if_noted",))),
        Addition("shutdown", Row((Writing.ENDING,), "end", ("shut_down",))),
        InFront((Queue.EMPTY,), "packet_out", "", (Instead(("wait_for_reply", "fail_writing"), None, "ends_writing"),)),
    ),
    driver=SendersAreReleased,
)
CALLER = Departure(
    "otp-inet/one-caller-is-known",
    "the driver knows one caller, the last: earlier ones that wait for a reply get none",
    otp="inet_drv.c: inet_reply_am",
    clauses=("port_command/every-accepted-command-is-answered",),
    driver=OneCallerIsKnown,
)
WAITING = Departure(
    "otp-inet/waiting-sender-is-told-of-another",
    "who waits for a reply gets the one to a command that comes after a shutdown",
    otp="inet_drv.c: tcp_sendv",
    clauses=("port_command/every-accepted-command-is-answered",),
    until=25,
    driver=WaitingSenderIsTold,
    after=(CALLER.name,),
)
NOTED = Departure(
    "otp-inet/own-end-is-not-noted",
    "that it has ended its writing it notes only if that failed, or came after a queue",
    otp="inet_drv.c: tcp_inet_ctl",
    clauses=("sending/own-end-is-no-reset",),
    driver=EndIsNotNoted,
)
ASKED = Departure(
    "otp-inet/kernel-is-not-asked-after-a-late-shutdown",
    "after a shutdown that came after a queue the kernel is not asked any more, not even to send nothing; which is a "
    "variant of the clause on empty sends",
    otp="inet_drv.c: tcp_sendv",
    driver=KernelIsNotAsked,
    after=(NOTED.name,),
)
SMALLER = Departure(
    "otp-inet/smaller-of-two-shutdowns-is-done",
    "of two shutdowns that wait for output to be sent, one of both directions, only that of writing is done",
    otp="inet_drv.c: tcp_shutdown_async",
    clauses=("closing/shutdowns-that-wait-add-up",),
    driver=SmallerShutdown,
)
DESCRIPTOR = Departure(
    "otp-inet/lost-connection-stops-the-time-of-a-receive",
    "who closes the descriptor stops its timers: a receive that a socket had before it became active waits for ever",
    otp="inet_drv.c: tcp_send_or_shutdown_error",
    clauses=("receiving/lost-connection-leaves-a-receive-its-timeout",),
    edits=(Around(OPEN, "write_failure", "is_active", last=("never_time_out",)),),
    driver=ReceiveTimers,
)
SENDING = (THROUGH, RELEASED, CALLER, WAITING, NOTED, ASKED, SMALLER, DESCRIPTOR)
