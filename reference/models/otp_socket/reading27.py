"""How a server reads since OTP 27: as much as it wants goes into one buffer, and packets are cut from that."""

from __future__ import annotations

from typing import Any, ClassVar

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.packet import LINE, BadPacket, packet_length
from gen_tck.reference.models.otp_socket.answers import error
from gen_tck.reference.models.otp_socket.reading import COUNTED, Reading, shaped
from gen_tck.reference.models.otp_socket.settings import READ_OPTIONS, WRITE_OPTIONS
from gen_tck.reference.models.otp_socket.statem import Event
from gen_tck.reference.models.otp_socket.states import CLOSED, CLOSED_READ, RECV
from gen_tck.reference.models.otp_socket.waiting import Failed
from gen_tck.spec.terms import Atom, Term

PASSING = (a.timeout, a.emsgsize)
"""Failures after which the connection is still there."""


class Reading27(Reading):
    """What OTP 27 does about it."""

    write_options: ClassVar[dict[str, Any]] = {**WRITE_OPTIONS, "exit_on_close": READ_OPTIONS["exit_on_close"]}
    ignored = Reading.ignored | {"low_watermark"}
    read_ahead = False
    """Whether it reads what there is if it wants less than its buffer takes."""

    # Guards

    def lacks_bytes(self, event: Event) -> bool:
        """Whether more has to be read before anything can be delivered."""
        assert self.length is not None
        return len(event.detail) < max(self.length, 1)

    def has_framing_and_length(self, event: Event) -> bool:
        """Whether a length is asked for where there is framing."""
        return not self.is_raw(event) and event.detail[0] > 0

    def exits(self, event: Event) -> bool:
        """Whether the end of reading closes the socket."""
        return self.options["exit_on_close"] is a.true

    def is_waiting(self, event: Event) -> bool:
        """Whether a receive waits, and the socket is passive."""
        return self.active is a.false and self.receiver is not None

    def is_passing(self, event: Event) -> bool:
        """Whether the connection is still there."""
        return event.detail in PASSING

    def has_delayed(self, event: Event) -> bool:
        """Whether a failed send has found something out that nobody was told."""
        return self.delayed is not None

    # Reading: events carry what it has, which is kept when it is done with. A failure loses what was read since.

    def begin_receive(self, event: Event) -> None:
        """A receive. One that was forgotten stays so."""
        self.length, timeout = event.detail
        self.receiver = event.caller
        self.start_timer("recv_timeout", timeout)
        self.look(event)

    def look(self, event: Event) -> None:
        """Look whether there is a packet.

        OTP: gen_tcp_socket.erl: handle_recv/4
        """
        self.raises("look", self.buffer)

    def read_more(self, event: Event) -> None:
        """Read until there is what is wanted."""
        assert self.length is not None
        self._read_up_to(self.length, event.detail)

    def _read_up_to(self, wanted: int, has: bytes) -> None:
        missing = max(0, wanted - len(has))
        most = 0 if self.read_ahead and missing < self.socket.buffer else missing
        try:
            data = self.socket.receive(self.process, most, self.new_handle())
        except Failed as failed:
            self.raises("failed", failed.reason)
            return
        if data is not None and len(data) >= most:
            self.raises("look", has + data)
            return
        self.buffer = has + (data or b"")
        self.raises("waits")

    def cut(self, event: Event) -> None:
        """So many bytes, or all."""
        length = self.length or len(event.detail)
        self.buffer = event.detail[length:]
        self.raises("packet", event.detail[:length])

    def decode(self, event: Event) -> None:
        """The first packet, if it is there.

        OTP: gen_tcp_socket.erl: decode_packet/2
        """
        has: bytes = event.detail
        packet, limit = self.options["packet"], self.options["packet_size"]
        kind = LINE if packet is a.line else packet
        try:
            length = packet_length(kind, bytearray(has), limit, limit, self.options["line_delimiter"])
        except BadPacket:
            self.raises("failed", a.emsgsize)
            return
        if 0 < length <= len(has):
            self.buffer = has[length:]
            self.raises("packet", has[kind if kind in COUNTED else 0 : length])
        else:
            self._read_up_to(length or max(len(has) + 1, kind if kind in COUNTED else 1), has)

    def delivered(self, data: bytes) -> Term:
        """What of a packet is delivered."""
        return shaped(data, self.options)

    # Modes

    def set_options(self, event: Event) -> None:
        """Set options in order until one is refused; those before it stay set.

        OTP: gen_tcp_socket.erl: call_setopts/4
        """
        self.reply(event.caller, self._set_all(event.detail[0]))
        assert self.sock is not None
        if not self.sock.closed:
            self.store()

    def set_mode(self, event: Event) -> None:
        """Set the mode alone.

        OTP: gen_tcp_socket.erl: call_setopts_active/5
        """
        refused = self.set_active(event.detail[0])
        self.reply(event.caller, a.ok if refused is None else error(refused))

    def set_active(self, value: Term) -> Atom | None:
        """Set the mode: once the end was noticed that is nothing, and once it is closed the owner is told that."""
        if self.state is CLOSED_READ:
            return None
        if self.state is not CLOSED:
            return super().set_active(value)
        if value is not a.false:
            if self.delayed not in (None, a.closed):
                self.tell(a.tcp_error, self.delayed)
            self.delayed = None
            self.tell(a.tcp_closed)
            self.raises("exit")
        return None

    def is_read_only(self, name: str) -> bool:
        """Only a closed socket has no options any more."""
        return self.state is CLOSED

    def mode_set(self, event: Event) -> None:
        """See what that means for reading.

        OTP: gen_tcp_socket.erl: handle_active/4
        """
        self.raises("mode_was_set")

    # The end

    def shown(self, reason: Atom) -> Atom:
        """What is told of a failure.

        OTP: gen_tcp_socket.erl: curated_error_reason/2
        """
        if reason in (a.econnreset, a.econnaborted) and self.options["show_econnreset"] is not a.true:
            return a.closed
        return reason

    def fail(self, event: Event) -> None:
        """Tell of a failure: the owner of an active socket, or else who receives."""
        self.cleanup(event.detail)

    def cleanup(self, reason: Atom, closer: Term = None) -> None:
        """Tell of a failure. ``closer``: who closes the socket, and knows.

        OTP: gen_tcp_socket.erl: handle_recv_error/5; gen_tcp_socket.erl: recv_error_reply/3
        """
        shown = self.shown(reason)
        if self.active is a.false:
            self._answer_failure(shown)
        elif reason in PASSING:
            self.tell(a.tcp_error, reason)
        else:
            if shown is not a.closed:
                self.tell(a.tcp_error, shown)
            if closer != self.owner:
                self.tell(a.tcp_closed)
        self.options["active"] = a.false

    def _answer_failure(self, reason: Atom) -> None:
        if self.receiver is not None:
            self.cancel_timer("recv_timeout")
            self.reply(self.receiver, error(reason))
            self.stop_reading(Event("cleanup", None, None))

    def fail_timeout(self, event: Event) -> None:
        """Nothing came in time."""
        self.raises("failed", a.timeout)

    def fail_aborted(self, event: Event) -> None:
        """Something has ended the waiting."""
        self.raises("failed", event.detail[1][1])

    def fail_for_close(self, event: Event) -> None:
        """Somebody closes the socket."""
        assert event.caller is not None
        self.cleanup(a.closed, event.caller[0])
        self.exit_if_set(event)

    def exit(self, event: Event) -> None:
        """End as soon as this is done."""
        self.raises("exit")

    def exit_if_set(self, event: Event) -> None:
        """The same, with ``exit_on_close``.

        OTP: gen_tcp_socket.erl: exit_on_close/2
        """
        if self.exits(event):
            self.raises("exit")

    def stop(self, event: Event) -> None:
        """The server ends."""
        self.stopped = (a.shutdown, a.closed)

    def fail_for_send(self, event: Event) -> None:
        """A send has failed while somebody reads: that one is told the same.

        OTP: gen_tcp_socket.erl: handle_send_error/5
        """
        reason = self.delayed = self.shown(event.detail[0])
        self.reply(event.caller, error(reason))
        if self.active is a.false:
            self._answer_failure(reason)
            return
        if reason is not a.closed:
            self.tell(a.tcp_error, reason)
        self.tell(a.tcp_closed)

    def say_send_error(self, event: Event) -> None:
        """Answer a send that has failed, and keep it for the next receive."""
        reason = self.delayed = self.shown(event.detail[0])
        self.reply(event.caller, error(reason))

    def terminate(self) -> None:
        """Close, and tell of it.

        OTP: gen_tcp_socket.erl: terminate/2; gen_tcp_socket.erl: handle_close/5
        """
        if self.sock is None or self.state is CLOSED:
            return
        self.sock.close()
        if self.state is RECV:
            self.cleanup(a.closed)
            self.flush_replies()
