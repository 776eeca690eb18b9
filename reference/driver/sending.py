"""Output: the queue of what the kernel has not taken."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.file_sending import FileSending
from gen_tck.reference.driver.flow import Command
from gen_tck.reference.driver.packet import BadPacket, framing, header
from gen_tck.reference.driver.states import Queue, Writing
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.reference.tables import Row, Table
from gen_tck.spec.terms import Pid

_SENDV = "inet_drv.c: tcp_sendv"
_OUTPUT = "inet_drv.c: tcp_inet_output"
_CLEAR = "inet_drv.c: tcp_clear_output"
_EMPTY, _QUEUED = Queue

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
        Row((_EMPTY,), "left_over", ("append_packet", "reply_ok"), _QUEUED, otp=_SENDV),
        # A file has its place behind what is queued, and what is sent later goes behind it.
        Row(
            (_EMPTY, _QUEUED),
            "file_out",
            ("append_file", "write_queue"),
            _QUEUED,
            otp="inet_drv.c: tcp_inet_sendfile",
            clauses=("sending/file-goes-behind-what-was-sent",),
        ),
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


class Sending(FileSending):
    """What the rows of :data:`SEND_QUEUE` do."""

    @property
    def queued(self) -> int:
        """Bytes accepted from senders and not yet taken by the kernel."""
        return len(self.output)

    def discard(self) -> None:
        """What is queued is lost, and nobody is told."""
        self.handle("discarded")

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
        self.sent.add(len(packet))
        self.handle("packet_out", (caller, packet))

    # Guards

    def ends_writing(self, _: object) -> bool:
        """Whether nothing may follow what is queued."""
        return self.writing is Writing.ENDING

    def fills_up(self, command: Command) -> bool:
        """Whether the queue reaches its high watermark with this."""
        high: int = self.options["high_watermark"]
        return len(self.output) + len(command[1]) >= high

    def is_sent(self, _: object) -> bool:
        """Whether nothing is queued any more."""
        return not self.has_to_write()

    def has_room(self, _: object) -> bool:
        """Whether it has drained far enough; the kernel may take the rest of it before anybody goes on."""
        if self.file is not None or len(self.output) > self.options["low_watermark"]:
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
            self.handle("left_over", (caller, packet[written:]))
        else:
            self.reply_ok(command)

    def write_queue(self, _: object) -> None:
        """The kernel takes of the queue what it can."""
        try:
            written = self.socket.write(self.output) if self.write_file() and self.output else 0
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

    def append_packet(self, command: Command) -> None:
        """It waits behind what is there."""
        self.output += command[1]

    def clear_output(self, _: object) -> None:
        """Nothing of it is sent."""
        self.output.clear()
        self.abort_file(None)

    def drop_output(self, _: object) -> None:
        """What is queued is lost."""
        self.handle("dropped")

    def discard_output(self, _: object) -> None:
        """The same, and nobody is told."""
        self.handle("discarded")

    def tell_when_flushed(self, pid: Pid) -> None:
        """Send ``{empty_out_q, S}`` to ``pid`` as soon as nothing is queued any more."""
        self.when_flushed.append(pid)

    def tell_no_more(self, pid: Pid) -> None:
        """The same process waits for that no more."""
        if pid in self.when_flushed:
            self.when_flushed.remove(pid)

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
        self.port.released()
