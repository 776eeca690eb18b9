"""How OTP's inet driver departs from the reference where the time of a send ends."""

from __future__ import annotations

from functools import partial

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.flow import Command
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import DISCONNECTED, OPEN, PASSIVE
from gen_tck.reference.models.departure import Departure
from gen_tck.reference.models.otp_inet_closing import LEFT, SlotIsLeft
from gen_tck.reference.models.otp_inet_receiving import ReceiveTimers
from gen_tck.reference.models.otp_inet_sending import CALLER, RELEASED, WAITING, OneCallerIsKnown
from gen_tck.reference.tables import Edit, InFront, Instead
from gen_tck.spec.terms import Pid

_CLOSES = "send_timeout_close"


class TimerOfEachFull(TcpDriver):
    """``tcp_sendv``, ``cancel_multi_timer``."""

    cleaned: int = 0
    """How often all timers were dropped."""

    def fill(self, command: Command) -> None:
        again, timeout = self.send_timer is not None, self.options["send_timeout"]
        super().fill(command)
        if again and timeout is not a.infinity:
            # It fires together with the first one, or when those have gone on whom that lets go.
            late = 0 if self.vm.choose("two timeouts together", 2) else 1
            self.vm.timers.start(timeout + late, partial(self.further_timeout, self.cleaned, not late))

    def further_timeout(self, cleaned: int, together: bool) -> None:
        """One that is not the first fires, unless it was dropped meanwhile."""
        if cleaned == self.cleaned:
            self.one_timeout(together)

    def time_is_over(self) -> None:
        self.send_timer = None
        self.one_timeout(False)

    def one_timeout(self, together: bool) -> None:
        """A timer fires; ``together``: with the first. The others run on."""
        if not self.port.closed and self.state in OPEN:
            first, self.send_timer = self.send_timer, None
            self.handle("send_timeout")
            self.send_timer = first
            self.watch()

    def end_their_time(self, _: object) -> None:
        if self.port.busy or self.port.closed:
            super().end_their_time(None)

    def release_blocked_sender(self, _: object) -> None:
        """``clean_multi_timers``: a passive socket that comes to its end has no timers any more."""
        super().release_blocked_sender(None)
        if self.mode is PASSIVE:
            self.cleaned += 1
            if self.send_timer is not None:
                self.send_timer.cancel()
                self.send_timer = None


class LateTimeoutAnswers(TimerOfEachFull, OneCallerIsKnown):
    """``tcp_inet_send_timeout``."""

    busy_caller: Pid = Pid(0)
    """Of the last command that made the port busy."""

    def fill(self, command: Command) -> None:
        self.busy_caller = command[0]
        super().fill(command)

    def one_timeout(self, together: bool) -> None:
        counts = not self.port.closed and (together or self.state in OPEN)
        if counts and not self.waiting_senders:
            self.reply(self.busy_caller, (a.error, a.timeout))
        super().one_timeout(together)


class SendTimeoutForgetsTheReceive(SlotIsLeft):
    """``tcp_inet_send_timeout``."""

    def abandon_receive(self, _: object) -> None:
        """Nobody ever answers it, unless it times out in the same millisecond."""
        timer = self.receiving.timer if self.receiving is not None else None
        together = timer is not None and timer.due == self.vm.timers.now
        if together and self.vm.choose("which timeout comes first", 2):
            self.answer((a.error, a.timeout))
        self.never_time_out(None)
        self.leave_slot(None)


TIMERS = Departure(
    "otp-inet/each-full-command-has-a-timer",
    "each command that finds the port full sets a timer, of which only one is cancelled later",
    otp="inet_drv.c: tcp_sendv",
    clauses=("port_command/send-timeout-ends-with-busy",),
    driver=TimerOfEachFull,
    after=(RELEASED.name,),
)
LATE = Departure(
    "otp-inet/late-timeout-answers-the-last-caller",
    "who made the port busy last, and has had an answer, is told of a late timeout as well",
    otp="inet_drv.c: tcp_inet_send_timeout",
    clauses=("port_command/every-accepted-command-is-answered", "port_command/send-timeout-ends-with-busy"),
    until=25,
    driver=LateTimeoutAnswers,
    after=(CALLER.name, WAITING.name, TIMERS.name),
    interaction=True,
)
FORGETS = Departure(
    "otp-inet/send-timeout-forgets-the-receive",
    "the timeout of a send closes the descriptor, and leaves a receive to wait for ever",
    otp="inet_drv.c: tcp_inet_send_timeout",
    clauses=("sending/send-timeout-close-wakes-a-receiver",),
    edits=(
        Edit(
            OPEN,
            "send_timeout",
            _CLOSES,
            (Instead(("reply_timeout", "abandon_receive", "lose_connection", "drop_input"), DISCONNECTED, _CLOSES),),
        ),
        *LEFT,
    ),
    driver=SendTimeoutForgetsTheReceive,
)
TELLS = Departure(
    "otp-inet/send-timeout-tells-the-owner",
    "an active socket that the timeout of a send closes tells its owner: a variant of the clause on that",
    otp="inet_drv.c: tcp_inet_send_timeout",
    since=29,
    edits=(
        InFront(
            OPEN,
            "send_timeout",
            _CLOSES,
            (
                Instead(
                    ("reply_timeout", "tell_closed", "exit"), None, "send_timeout_close and is_active and exit_on_close"
                ),
                Instead(
                    ("reply_timeout", "tell_closed", "lose_connection", "never_time_out"),
                    DISCONNECTED,
                    "send_timeout_close and is_active",
                ),
            ),
        ),
    ),
    driver=ReceiveTimers,
    after=(FORGETS.name,),
)
TIMEOUTS = (TIMERS, LATE, FORGETS, TELLS)
