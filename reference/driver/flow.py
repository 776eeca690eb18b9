"""The flow of senders: who is held up while the queue is full.

A command that finds the queue not empty and fills it to ``high_watermark`` makes the port busy until it has drained to
``low_watermark``.
"""

from __future__ import annotations

from typing import TypeAlias

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Fields
from gen_tck.reference.driver.states import Flow as Flows
from gen_tck.reference.tables import Row, Table
from gen_tck.spec.terms import Atom, Pid, Term

Command: TypeAlias = tuple[Pid, bytes]
"""Who sends, and what."""

_SENDV = "inet_drv.c: tcp_sendv"
_READY, _BUSY = Flows

FLOW = Table(
    "flow",
    "flow",
    (
        # A command has filled the queue: its sender waits for the reply, later ones are suspended.
        Row(
            (_READY, _BUSY),
            "filled",
            ("wait_for_reply", "time_out"),
            when="has_no_time",
            otp=_SENDV,
            clauses=("port_command/no-send-timeout-no-busy", "sending/zero-send-timeout-never-blocks"),
        ),
        Row(
            (_READY, _BUSY),
            "filled",
            ("wait_for_reply", "suspend_senders", "begin_their_time"),
            _BUSY,
            otp=_SENDV,
            clauses=("port_command/reply-waits-for-the-end-of-busy", "port_command/every-accepted-command-is-answered"),
        ),
        # They go on.
        Row((_READY,), "let_go", ("end_their_time", "reply_waiting")),
        Row(
            (_BUSY,),
            "let_go",
            ("end_their_time", "reply_waiting", "resume_senders"),
            _READY,
            clauses=("port_command/all-suspended-callers-go-on",),
        ),
    ),
)


class Flow(Fields):
    """What the rows of :data:`FLOW` do."""

    def has_no_time(self, _: object) -> bool:
        """Whether nobody may wait."""
        return bool(self.options["send_timeout"] == 0)

    def reply(self, caller: Pid, status: Term) -> None:
        """Tell a sender what came of its command."""
        self.vm.send(caller, (a.inet_reply, self.port.id, status))

    def reply_ok(self, command: Command) -> None:
        """It is taken."""
        self.reply(command[0], a.ok)

    def wait_for_reply(self, command: Command) -> None:
        """Its sender is told later."""
        self.waiting_senders.append(command[0])

    def fill(self, command: Command) -> None:
        """No more is to come now."""
        self.handle("filled", command)

    def time_out(self, _: object) -> None:
        """Who waits has waited long enough."""
        self.handle("send_timeout")

    def suspend_senders(self, _: object) -> None:
        """Nobody else sends for now."""
        self.port.set_busy(True)

    def resume_senders(self, _: object) -> None:
        """Everybody who was held up goes on."""
        self.port.set_busy(False)

    def begin_their_time(self, _: object) -> None:
        """They wait so long; the first one's time is that of all."""
        timeout = self.options["send_timeout"]
        if timeout is not a.infinity and self.send_timer is None:
            self.send_timer = self.vm.timers.start(timeout, self.time_is_over)

    def time_is_over(self) -> None:
        """Of who has waited longest."""
        self.handle("send_timeout")
        self.watch()

    def end_their_time(self, _: object) -> None:
        """Nobody's time runs any more."""
        if self.send_timer is not None:
            self.send_timer.cancel()
            self.send_timer = None

    def reply_waiting(self, status: Term) -> None:
        """All who wait for a reply get it."""
        senders, self.waiting_senders = self.waiting_senders, []
        for sender in senders:
            self.reply(sender, status)

    def go_on_sending(self, _: object) -> None:
        """There is room again."""
        self.handle("let_go", a.ok)

    def reply_failure(self, reason: Atom) -> None:
        """Who waits for a reply is told of the failure."""
        self.handle("let_go", (a.error, reason if reason is a.econnreset else a.closed))

    def reply_timeout(self, _: object) -> None:
        """Who waits for a reply has waited too long."""
        self.handle("let_go", (a.error, a.timeout))

    def reply_remembered(self, command: Command) -> None:
        """Sending without a connection: the first time the reason, then that there is none."""
        self.reply(command[0], (a.error, self.pending_errors.pop("send", a.enotconn)))

    def forget_senders(self, _: object) -> None:
        """The port is closed: who waits for a reply is told so by its end."""
        self.waiting_senders.clear()
        self.end_their_time(None)
