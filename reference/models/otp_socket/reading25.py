"""How a server of OTP 25 reads, packet by packet, and what it tells of the end."""

from __future__ import annotations

from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.packet import LINE, BadPacket, packet_length
from gen_tck.reference.models.otp_socket.answers import error
from gen_tck.reference.models.otp_socket.reading import COUNTED, Reading
from gen_tck.reference.models.otp_socket.statem import Crashed, Event
from gen_tck.reference.models.otp_socket.states import CLOSED, CLOSED_READ, CLOSED_READ_WRITE
from gen_tck.reference.models.otp_socket.waiting import Failed
from gen_tck.spec.terms import Atom, Map, Term

_BELOW = {"buffer": ("otp", "rcvbuf"), "recbuf": ("socket", "rcvbuf"), "nodelay": ("tcp", "nodelay")}
"""Level and name of the options that are called otherwise there. OTP: gen_tcp_socket.erl: socket_opts/0"""


class Reading25(Reading):
    """What OTP 25 does about it."""

    def invalid(self, name: str, value: Term) -> Term:
        """It is told in full."""
        option = tuple(map(Atom, _BELOW.get(name, ("socket", name))))
        if name == "linger" and type(value) is tuple and len(value) == 2:
            value = Map({Atom("onoff"): value[0], Atom("linger"): value[1]})
        return (Atom("invalid"), (Atom("socket_option"), option, value))

    def look(self, event: Event) -> None:
        """Look whether there is a packet.

        OTP: gen_tcp_socket.erl: handle_recv/3
        """
        self.raises("look")

    def begin_receive(self, event: Event) -> None:
        """A receive: of a length that is there already, of a length, or of a packet.

        OTP: gen_tcp_socket.erl: handle_recv_start/5
        """
        wanted, timeout = event.detail
        self.receiver = event.caller
        if self.is_raw(event) and not (isinstance(wanted, int) and wanted <= 0):
            if not isinstance(wanted, int):
                raise Crashed("badarith")
            if wanted <= len(self.buffer):
                data, self.buffer = self.buffer[:wanted], self.buffer[wanted:]
                self.undecoded = False
                self.raises("packet", data)
                return
            self.length = wanted - len(self.buffer)
        else:
            self.length = 0
        self.start_timer("recv_timeout", timeout)
        self.raises("look")

    def read_length(self, event: Event) -> None:
        """Read the bytes that are missing.

        OTP: gen_tcp_socket.erl: handle_recv_length/5
        """
        assert self.length is not None
        self._read_more(self.length)

    def _read_more(self, length: int) -> None:
        try:
            data = self.socket.receive(self.process, length, self.new_handle())
        except Failed as failed:
            self.raises("failed", failed.reason)
            return
        if data is None:
            self.raises("waits")
        elif len(data) < length:
            self.buffer += data
            self.undecoded = True
            self.length = length - len(data)
            self.raises("waits")
        else:
            whole, self.buffer, self.undecoded = self.buffer + data, b"", False
            self.raises("packet", whole)

    def read_any(self, event: Event) -> None:
        """Take what was read before, or else what is there.

        OTP: gen_tcp_socket.erl: handle_recv_length/5
        """
        if self.buffer:
            data, self.buffer, self.undecoded = self.buffer, b"", False
            self.raises("packet", data)
            return
        self._read(lambda data: self.raises("packet", data))

    def _read(self, then: Any) -> None:
        try:
            data = self.socket.receive(self.process, 0, self.new_handle())
        except Failed as failed:
            self.raises("failed", failed.reason)
            return
        if data is None:
            self.raises("waits")
        else:
            then(data)

    def read_header(self, event: Event) -> None:
        """Peek at the header, then read all of the packet. What was read of it before a timeout is not counted.

        OTP: gen_tcp_socket.erl: handle_recv_peek/4; gen_tcp_socket.erl: handle_recv_peek/5
        """
        size: int = self.options["packet"]
        head = self.buffer[:size]
        if len(head) < size:
            missing = size - len(head)
            try:
                seen = self.socket.peek(self.process, missing, self.new_handle())
            except Failed as failed:
                self.raises("failed", failed.reason)
                return
            if seen is None or len(seen) < missing:
                self.raises("waits")
                return
            head += seen
        length = int.from_bytes(head, "big")
        if 0 < self.options["packet_size"] < length:
            self.raises("failed", a.emsgsize)
        else:
            self._read_more(size + length)

    def read_line(self, event: Event) -> None:
        """Look for a line in what is left of the last read, or read more.

        OTP: gen_tcp_socket.erl: handle_recv_packet/3; gen_tcp_socket.erl: handle_recv_decode/5
        """
        if self.undecoded:
            self._decode(self.buffer)
        else:
            self._read_line_more(self.buffer)

    def _decode(self, data: bytes) -> None:
        limit = self.options["packet_size"]
        try:
            length = packet_length(LINE, bytearray(data), limit, limit, self.options["line_delimiter"])
        except BadPacket:
            self.buffer, self.undecoded = data, False
            self.raises("failed", a.emsgsize)
            return
        if length == 0:
            self._read_line_more(data)
            return
        self.buffer = data[length:]
        self.undecoded = bool(self.buffer)
        self.raises("packet", data[:length])

    def _read_line_more(self, data: bytes) -> None:
        self.buffer, self.undecoded = data, False
        self._read(lambda more: self._decode(data + more))

    def deliver_buffered(self, event: Event) -> None:
        """One packet of what was read before, if the socket is active now. Of one with a header that has been taken off
        as much again is taken off.

        OTP: gen_tcp_socket.erl: handle_buffered/4; gen_tcp_socket.erl: deliver_buffered_data/3
        """
        if self.receiver is not None or self.active is a.false or not self.buffer:
            return
        packet, limit = self.options["packet"], self.options["packet_size"]
        kind = LINE if packet is a.line else 0 if packet is a.raw else packet
        try:
            length = packet_length(kind, bytearray(self.buffer), limit, limit, self.options["line_delimiter"])
        except BadPacket:
            return
        if not 0 < length <= len(self.buffer):
            return
        head = kind if kind in COUNTED else 0
        data, self.buffer = self.buffer[head:length], self.buffer[length:]
        self.undecoded = bool(self.buffer)
        self.tell_packet(Event("packet", None, data))

    # The end

    def cleanup(self, reason: Atom) -> None:
        """Tell the owner of an active socket, and who receives. With ``show_econnreset`` every end is a reset.

        OTP: gen_tcp_socket.erl: cleanup_recv_reply/4
        """
        shown = self.options["show_econnreset"] is a.true
        if self.active is not a.false:
            if reason is a.closed:
                failure = a.econnreset if shown else None
            else:
                failure = None if reason is a.econnreset and not shown else reason
            if failure is not None:
                self.tell(a.tcp_error, failure)
            if reason not in (a.timeout, a.emsgsize):
                self.tell(a.tcp_closed)
        if self.receiver is not None:
            self.cancel_timer("recv_timeout")
            if reason in (a.closed, a.econnreset):
                reason = a.econnreset if shown else a.closed
            self.reply(self.receiver, error(reason))
        self.options["active"] = a.false
        self.stop_reading(Event("cleanup", None, None))

    def drop_buffer(self, event: Event) -> None:
        """What was read and not delivered is lost."""
        self.buffer, self.undecoded = b"", False

    def fail(self, event: Event) -> None:
        """Tell of a failure."""
        self.cleanup(event.detail)

    def fail_aborted(self, event: Event) -> None:
        """Tell of what has ended the waiting."""
        self.cleanup(event.detail[1][1])

    def fail_closed(self, event: Event) -> None:
        """Who receives is told that it is closed."""
        self.cleanup(a.closed)

    def fail_timeout(self, event: Event) -> None:
        """Who receives is told that nothing came in time; the owner of an active socket, too."""
        self.cleanup(a.timeout)

    def set_passive(self, event: Event) -> None:
        """So that the owner is told nothing."""
        self.options["active"] = a.false

    def terminate(self) -> None:
        """Close, and answer who receives.

        OTP: gen_tcp_socket.erl: terminate/2
        """
        if self.sock is None or self.state is CLOSED:
            return
        self.sock.close()
        if self.state not in (CLOSED_READ, CLOSED_READ_WRITE):
            self.cleanup(a.closed)
            self.flush_replies()
