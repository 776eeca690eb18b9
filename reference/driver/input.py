"""Input: read from the kernel while somebody wants it, taken apart into packets, and kept for who wants it later."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Fields
from gen_tck.reference.driver.packet import BadPacket, framing, packet_length
from gen_tck.reference.driver.states import OPEN, PASSIVE
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.spec.terms import Atom


class Input(Fields):
    """What is read and not delivered. It is no machine of its own: whatever it finds is an event of another."""

    def read(self, request: int = 0) -> None:
        """Take what is buffered, or read once from the kernel, and deliver what is complete.

        ``request``: so many bytes are asked for; 0: what there is.

        Clauses: receiving/receives-what-is-available, receiving/exact-length, receiving/zero-gives-at-most-a-buffer
        OTP: inet_drv.c: tcp_recv
        """
        try:
            if request:
                self.bytes_wanted = request
            elif not self.bytes_wanted and self.input:
                self.bytes_wanted = self.packet_length()
            if 0 < self.bytes_wanted <= len(self.input):
                self.deliver(self.bytes_wanted)
            else:
                self._read_from_kernel()
        except BadPacket:
            self.handle("failure", a.emsgsize)
        except SocketError as error:
            shown = error.reason != "econnreset" or self.options["show_econnreset"] is a.true
            self.handle("failure" if shown else "fin", Atom(error.reason))

    def _read_from_kernel(self) -> None:
        wanted, there = self.bytes_wanted, len(self.input)
        if not there and not self.buffer_size:
            self.buffer_size = wanted or self.options["buffer"]
        self.buffer_size = max(self.buffer_size, wanted)
        data = self.socket.read(wanted - there if wanted else max(1, self.buffer_size - there))
        if data is None:
            return
        if not data:
            self.handle("fin")
            return
        self.input += data
        length = wanted or self.packet_length()
        if 0 < length <= len(self.input):
            self.deliver(length)
        else:
            self.bytes_wanted = length

    def packet_length(self) -> int:
        """The length of the first packet, 0 if that cannot be told yet. Raises :class:`BadPacket`."""
        options, kind = self.options, framing(self.options["packet"])
        limits = options["packet_size"], self.room(), options["line_delimiter"]
        return packet_length(kind, self.input, *limits, headers=self.http_headers)

    def room(self) -> int:
        """How much of a packet fits, where its end is looked for."""
        size: int = self.options["buffer"]
        return size

    def deliver(self, length: int) -> None:
        """Deliver the first ``length`` bytes, and every further packet that is complete and has a taker.

        Clauses: modes/messages-keep-the-order, modes/once-leaves-the-rest-for-receives, receiving/one-packet-a-receive
        OTP: inet_drv.c: tcp_deliver
        """
        while 0 < length <= len(self.input):
            packet = bytes(self.input[:length])
            del self.input[:length]
            self.bytes_wanted = 0
            if not self.input:
                self.buffer_size = 0
            self.received.add(length)
            self.handle("packet", packet)
            if not self.is_taken() or self.state not in OPEN or not self.input:
                return
            length = self.packet_length()
        self.bytes_wanted = length

    def is_taken(self) -> bool:
        """Whether the next packet goes somewhere: a receive may still be pending when the mode is passive again."""
        return self.mode is not PASSIVE or self.receiving is not None

    def deliver_what_is_there(self, direct: bool) -> None:
        """Buffered packets become messages; if none does, a new ``once`` or ``N`` reads from the kernel at once."""
        try:
            before = len(self.input)
            if self.input and not self.bytes_wanted:
                self.deliver(self.packet_length())
            if direct and len(self.input) == before and self.mode is not PASSIVE and self.wants_input():
                self.read()
        except BadPacket:
            self.handle("failure", a.emsgsize)

    def drop_input(self, _: object) -> None:
        """What was read and not delivered is lost."""
        self.input.clear()
        self.bytes_wanted = self.buffer_size = 0

    def want_anything(self, _: object) -> None:
        """What was read so far is kept, and is for whoever comes next."""
        self.bytes_wanted = 0

    def stop_reading(self, _: object) -> None:
        """The end was told: nothing more comes."""
        self.read_stopped = True

    def put_in_front(self, data: bytes) -> None:
        """Bytes that were given back come first."""
        self.input[:0] = data
        if not self.keeps_its_length():
            self.bytes_wanted = 0

    def deliver_what_was_put(self, _: object) -> None:
        """They may be what somebody waits for."""
        if self.mode is not PASSIVE:
            self.deliver_what_is_there(False)
        elif self.bytes_wanted:
            self.deliver(self.bytes_wanted)

    def keeps_its_length(self) -> bool:
        """Whether a pending receive still wants as many bytes as it asked for when some are put in front."""
        return self.receiving is not None and self.mode is PASSIVE and framing(self.options["packet"]) == 0
