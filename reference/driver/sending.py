"""Output: the queue of what the kernel has not taken, and the senders that it holds up.

A command that finds the queue not empty and fills it to ``high_watermark`` makes the port busy until it has drained to
``low_watermark``.
"""

from __future__ import annotations

from typing import TypeAlias

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Fields
from gen_tck.reference.driver.packet import BadPacket, framing, header
from gen_tck.reference.driver.states import Flow, Queue, Writing
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.reference.tables import Row, Table
from gen_tck.spec.terms import Atom, Pid, Term

Command: TypeAlias = tuple[Pid, bytes]
"""Who sends, and what."""

_SENDV = "inet_drv.c: tcp_sendv"
_OUTPUT = "inet_drv.c: tcp_inet_output"
_CLEAR = "inet_drv.c: tcp_clear_output"
_EMPTY, _QUEUED = Queue
_READY, _BUSY = Flow

SEND_QUEUE = Table(
    "send queue",
    "queue",
    (
        # A packet is to be sent.
        Row(
            (_QUEUED,),
            "packet_out",
            ("wait_for_reply", "fail_writing"),
            when="ends_writing",
            otp=_SENDV,
            clauses=("sending/send-after-shutdown-is-closed",),
        ),
        Row((_EMPTY,), "packet_out", ("write",), otp=_SENDV, clauses=("port_command/first-command-never-makes-busy",)),
        Row(
            (_QUEUED,),
            "packet_out",
            ("append_packet", "fill"),
            when="fills_up",
            otp=_SENDV,
            clauses=("port_command/busy-from-the-high-watermark-on",),
        ),
        Row((_QUEUED,), "packet_out", ("append_packet", "reply_ok"), otp=_SENDV),
        # The kernel has not taken all of one.
        Row((_EMPTY,), "left_over", ("append",), _QUEUED, otp=_SENDV),
        # The kernel takes more; it has taken some.
        Row((_QUEUED,), "writable", ("write_queue",), otp=_OUTPUT),
        Row(
            (_QUEUED,),
            "drained",
            ("go_on_sending", "end_writing_if_told", "tell_flushed", "release_if_closed"),
            _EMPTY,
            when="is_sent",
            otp=_OUTPUT,
            clauses=("sending/blocked-sends-resume",),
        ),
        Row(
            (_QUEUED,),
            "drained",
            ("go_on_sending",),
            when="has_room",
            otp=_OUTPUT,
            clauses=("port_command/busy-until-the-low-watermark",),
        ),
        Row((_QUEUED,), "drained", (), otp=_OUTPUT),
        # What is queued is lost.
        Row(
            (_EMPTY, _QUEUED),
            "dropped",
            ("clear_output", "tell_flushed"),
            _EMPTY,
            otp=_CLEAR,
            clauses=("closing/dropped-output-ends-a-waiting-close",),
        ),
        Row((_EMPTY, _QUEUED), "discarded", ("clear_output",), _EMPTY, otp=_CLEAR),
    ),
)

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


class Sending(Fields):
    """What the rows of :data:`SEND_QUEUE` and :data:`FLOW` do."""

    @property
    def queued(self) -> int:
        """Bytes accepted from senders and not yet taken by the kernel."""
        return len(self.output)

    def command(self, caller: Pid, data: bytes) -> None:
        """Send ``data`` as one packet; ``caller`` gets ``{inet_reply, S, Status}``, now or when it has drained.

        Clauses: port_command/reply-goes-to-the-caller, port_command/one-reply-per-command,
            port_command/reply-waits-for-the-end-of-busy
        OTP: inet_drv.c: tcp_inet_commandv; inet_drv.c: tcp_sendv
        """
        self.handle("send", (caller, data))
        self.watch()

    def offer(self, command: Command) -> None:
        """The queue gets the packet, with its header."""
        caller, data = command
        try:
            packet = header(framing(self.options["packet"]), len(data)) + data
        except BadPacket:
            self.reply(caller, (a.error, a.emsgsize))
            return
        self.handle("packet_out", (caller, packet))

    # Guards

    def ends_writing(self, _: object) -> bool:
        """Whether nothing may follow what is queued."""
        return self.writing is Writing.ENDING

    def fills_up(self, command: Command) -> bool:
        """Whether the queue reaches its high watermark with this."""
        high: int = self.options["high_watermark"]
        return len(self.output) + len(command[1]) >= high

    def has_no_time(self, _: object) -> bool:
        """Whether nobody may wait."""
        return bool(self.options["send_timeout"] == 0)

    def is_sent(self, _: object) -> bool:
        """Whether nothing is queued any more."""
        return not self.output

    def has_room(self, _: object) -> bool:
        """Whether it has drained far enough; the kernel may take the rest of it before anybody goes on."""
        if len(self.output) > self.options["low_watermark"]:
            return False
        waited_for = self.port.busy or self.waiting_senders
        return not (waited_for and self.vm.choose("how far a queue drains", 2))

    # The queue

    def write(self, command: Command) -> None:
        """The kernel takes what it can."""
        caller, packet = command
        try:
            written = self.socket.write(packet) if packet and self.options["delay_send"] is a.false else 0
        except SocketError as error:
            self.wait_for_reply(command)
            self.write_failed(error)
            return
        if written < len(packet):
            self.handle("left_over", packet[written:])
        self.reply(caller, a.ok)

    def write_queue(self, _: object) -> None:
        """The kernel takes of the queue what it can."""
        try:
            written = self.socket.write(self.output)
        except SocketError as error:
            if self.port.closed:
                self.handle("discarded")
                self.release()
            else:
                self.write_failed(error)
            return
        del self.output[:written]
        self.handle("drained")

    def write_failed(self, error: SocketError) -> None:
        """What the kernel says of it is what is told."""
        # "epipe" is a reset that came earlier, unless this side has ended its own writing.
        reset = error.reason == "econnreset" or (error.reason == "epipe" and not self.has_ended_writing())
        shown = reset and self.options["show_econnreset"] is a.true
        self.handle("write_failure", a.econnreset if shown else a.closed)

    def has_ended_writing(self) -> bool:
        """Whether this side has ended its direction, or will when the queue is sent."""
        return self.writing is not Writing.OPEN

    def fail_writing(self, _: object) -> None:
        """Nothing can be sent after the end."""
        self.handle("write_failure", a.epipe)

    def append(self, data: bytes) -> None:
        """It waits for the kernel."""
        self.output += data

    def append_packet(self, command: Command) -> None:
        """It waits behind what is there."""
        self.output += command[1]

    def clear_output(self, _: object) -> None:
        """Nothing of it is sent."""
        self.output.clear()

    def drop_output(self, _: object) -> None:
        """What is queued is lost."""
        self.handle("dropped")

    def discard_output(self, _: object) -> None:
        """The same, and nobody is told."""
        self.handle("discarded")

    def tell_when_flushed(self, pid: Pid) -> None:
        """Send ``{empty_out_q, S}`` to ``pid`` as soon as nothing is queued any more."""
        self.when_flushed.append(pid)

    def tell_flushed(self, _: object) -> None:
        """Nothing is queued any more: whoever waits for that to close is told."""
        watchers, self.when_flushed = self.when_flushed, []
        if not watchers:
            return

        def tell() -> None:
            for pid in watchers:
                self.vm.send(pid, (a.empty_out_q, self.port.id))

        self.vm.now_or_late(tell)

    def release_if_closed(self, _: object) -> None:
        """A closed port has waited for this."""
        if self.port.closed:
            self.release()

    def release(self) -> None:
        """Nothing more is to be sent."""
        self.handle("released")

    # Senders

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
