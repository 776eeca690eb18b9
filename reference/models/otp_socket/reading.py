"""What a server does about reading, whatever the release: for a receive, or for the owner of an active socket."""

from __future__ import annotations

from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.models.otp_socket.server import Server
from gen_tck.reference.models.otp_socket.statem import Crashed, Event
from gen_tck.spec.terms import Improper, List, Term

COUNTED = (1, 2, 4)


class Reading(Server):
    """What is done about reading, whatever the release."""

    # Guards

    def by_length(self, event: Event) -> bool:
        """Whether so many bytes are wanted, whatever the framing."""
        return bool(self.length)

    def is_raw(self, event: Event) -> bool:
        """Whether there is no framing."""
        return self.options["packet"] in (a.raw, 0)

    def is_counted(self, event: Event) -> bool:
        """Whether a header says how long a packet is."""
        return self.options["packet"] in COUNTED

    def is_asked(self, event: Event) -> bool:
        """Whether a receive waits, be the socket active or not."""
        return self.receiver is not None

    def is_end(self, event: Event) -> bool:
        """Whether the peer has ended its direction."""
        return event.detail is a.closed

    def is_reset(self, event: Event) -> bool:
        """Whether the connection was reset."""
        return event.detail is a.econnreset

    def is_too_long(self, event: Event) -> bool:
        """Whether a packet is longer than allowed."""
        return event.detail is a.emsgsize

    # Delivering

    def answer_packet(self, event: Event) -> None:
        """Answer the receive."""
        self.cancel_timer("recv_timeout")
        self.reply(self.receiver, (a.ok, self.delivered(event.detail)))
        self.stop_reading(event)

    def keep_packet(self, event: Event) -> None:
        """Nobody wants it any more: it is kept, behind what was read after it. It must have a form all the same.

        OTP: gen_tcp_socket.erl: recv_data_deliver/4; gen_tcp_socket.erl: unrecv_buffer/2
        """
        self.delivered(event.detail)
        self.undecoded = bool(self.buffer)
        self.buffer += event.detail
        self.stop_reading(event)

    def tell_packet(self, event: Event) -> None:
        """Send it to the owner, which counts it."""
        self.vm.send(self.owner, self.message(event.detail))
        mode = self.active
        if mode is a.true:
            self.start_reading(event)
        elif mode is a.once:
            self.become_passive(event)
        elif mode == 1:
            self.tell(a.tcp_passive)
            self.become_passive(event)
        else:
            self.options["active"] = mode - 1
            self.start_reading(event)

    def message(self, data: bytes) -> Term:
        """The message that brings a packet."""
        delivered = self.delivered(data)
        if self.options["deliver"] is a.port:
            return (self.named, (a.data, delivered))
        return (a.tcp, self.named, delivered)

    def delivered(self, data: bytes) -> Term:
        """What of a packet is delivered.

        OTP: gen_tcp_socket.erl: deliver_data/4
        """
        packet = self.options["packet"]
        if packet in COUNTED:
            if len(data) < packet:
                raise Crashed("badmatch")
            data = data[packet:]
        return shaped(data, self.options)

    def start_reading(self, event: Event) -> None:
        """Want whatever comes.

        OTP: gen_tcp_socket.erl: recv_start/1
        """
        self.length = 0

    def stop_reading(self, event: Event) -> None:
        """Want nothing.

        OTP: gen_tcp_socket.erl: recv_stop/1
        """
        self.length = self.receiver = None

    def become_passive(self, event: Event) -> None:
        """The mode is ``false``, and nothing is read."""
        self.options["active"] = a.false
        self.stop_reading(event)

    def settle(self, event: Event) -> None:
        """Go on reading if the socket is active.

        OTP: gen_tcp_socket.erl: handle_connected/3
        """
        self.raises("settled")

    def cancel_select(self, event: Event) -> None:
        """Do not wait for the kernel any more."""
        if self.select_handle is not None:
            self.socket.cancel(self.select_handle)
            self.select_handle = None


def shaped(data: bytes, options: dict[str, Any]) -> Term:
    """``data`` as a binary or a list, or both.

    OTP: gen_tcp_socket.erl: deliver_data/3
    """
    if options["mode"] is a.list:
        return List(data)
    size = options["header"]
    if not size:
        return data
    if len(data) < size:
        raise Crashed("case_clause")
    if len(data) == size:
        return List(data)
    return Improper(tuple(data[:size]), data[size:])
