"""The mode: what becomes of packets."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Fields
from gen_tck.reference.driver.http import HEADERS_ONLY, HTTP, parse
from gen_tck.reference.driver.options import MAX_COUNT, BadOption
from gen_tck.reference.driver.packet import body, framing
from gen_tck.reference.driver.states import ALWAYS, COUNTED, ONCE, PASSIVE
from gen_tck.reference.driver.states import Mode as Modes
from gen_tck.reference.tables import Row, Table
from gen_tck.spec.terms import Improper, List, Term

_SPENT = "inet_drv.c: INET_CHECK_ACTIVE_TO_PASSIVE"
_SET = "inet_drv.c: inet_set_opts"
_DELIVERED = "inet_drv.c: tcp_reply_data"
_ANY = tuple(Modes)

MODE = Table(
    "mode",
    "mode",
    (
        # A whole packet (or a receive's worth of raw bytes) is there.
        Row((PASSIVE,), "packet", ("answer_packet",), otp=_DELIVERED, clauses=("receiving/answers-only-the-caller",)),
        Row((ALWAYS,), "packet", ("tell_packet",), otp=_DELIVERED, clauses=("modes/active-stays-active",)),
        Row(
            (ONCE,),
            "packet",
            ("tell_packet",),
            PASSIVE,
            otp=f"{_DELIVERED}; {_SPENT}",
            clauses=("modes/once-turns-passive-with-its-message",),
        ),
        Row(
            (COUNTED,),
            "packet",
            ("tell_packet", "tell_passive"),
            PASSIVE,
            when="is_last",
            otp=f"{_DELIVERED}; {_SPENT}",
            clauses=("modes/last-counted-message-is-followed-by-tcp-passive",),
        ),
        Row(
            (COUNTED,),
            "packet",
            ("tell_packet", "count_down"),
            otp=f"{_DELIVERED}; {_SPENT}",
            clauses=("modes/count-goes-down-with-each-message",),
        ),
        # The mode is set; a number adds to the count.
        Row(_ANY, "set_false", (), PASSIVE, otp=_SET, clauses=("modes/turning-passive-stops-messages",)),
        Row(_ANY, "set_true", (), ALWAYS, otp=_SET),
        Row(_ANY, "set_once", (), ONCE, otp=_SET),
        Row(
            (COUNTED,),
            "add",
            ("refuse_option",),
            when="overflows",
            otp=_SET,
            clauses=("modes/count-overflow-is-refused",),
        ),
        Row(
            _ANY,
            "add",
            ("tell_passive",),
            PASSIVE,
            when="leaves_none",
            otp=_SET,
            clauses=("modes/count-brought-to-zero-turns-passive", "modes/zero-count-notifies-a-passive-socket"),
        ),
        Row((COUNTED,), "add", ("add_to_count",), otp=_SET, clauses=("modes/counts-add-up",)),
        Row(
            (PASSIVE, ALWAYS, ONCE),
            "add",
            ("begin_count",),
            COUNTED,
            otp=_SET,
            clauses=("modes/count-starts-from-zero-after-true-and-once",),
        ),
    ),
)
_SETTING = {a.false: "set_false", a.true: "set_true", a.once: "set_once"}


class Mode(Fields):
    """What the rows of :data:`MODE` do."""

    def set_active(self, value: Term) -> None:
        """Set the mode, as the option ``active`` does. Raises :class:`BadOption` if a count becomes too large."""
        if isinstance(value, int):
            self.handle("add", value)
        else:
            self.handle(_SETTING[value])

    def is_last(self, _: object) -> bool:
        """Whether the next packet is the last that counts."""
        return self.packets_left == 1

    def overflows(self, number: int) -> bool:
        """Whether the count would be too large."""
        return self._sum(number) > MAX_COUNT

    def leaves_none(self, number: int) -> bool:
        """Whether nothing would be left of the count."""
        return self._sum(number) <= 0

    def _sum(self, number: int) -> int:
        return number + (self.packets_left if self.mode is COUNTED else 0)

    def refuse_option(self, _: object) -> None:
        """The option is none."""
        raise BadOption

    def begin_count(self, number: int) -> None:
        """So many packets are left."""
        self.packets_left = number

    def add_to_count(self, number: int) -> None:
        """So many more are left."""
        self.packets_left += number

    def count_down(self, _: object) -> None:
        """One less is left."""
        self.packets_left -= 1

    def tell_packet(self, packet: bytes) -> None:
        """The owner gets it."""
        if self.options["deliver"] is a.port:
            self.tell_as_port(packet)
        else:
            name = a.http if self.options["packet"] in HTTP else a.tcp
            self.tell((name, self.port.id, self.data(packet)))

    def tell_passive(self, _: object) -> None:
        """``tcp_passive``."""
        self.tell((a.tcp_passive, self.port.id))

    def tell_as_port(self, packet: bytes) -> None:
        """The owner gets it as what ports send, which the port counts.

        Clauses: modes/deliver-port-shapes-data-messages, port_command/port-info-counts-what-is-told-as-of-a-port
        OTP: io.c: driver_output2; inet_drv.c: inet_port_data
        """
        self.port.told += len(body(framing(self.options["packet"]), packet))
        self.tell((self.port.id, (a.data, self.port_data(packet))))

    def port_data(self, packet: bytes) -> Term:
        """What of a packet is told in a message that looks like a port's.

        Clauses: modes/deliver-port-shapes-data-messages, modes/accepted-socket-tells-as-a-port
        """
        return self.data(packet)

    def data(self, packet: bytes) -> Term:
        """What of a packet is delivered, in the form that the options ask for.

        Clauses: modes/mode-applies-to-what-waits, modes/header-comes-as-list-elements,
            framing/http-gives-strings-or-binaries
        OTP: inet_drv.c: tcp_message; inet_drv.c: inet_async_data
        """
        kind = framing(self.options["packet"])
        if kind in HTTP:
            said, self.http_headers = parse(packet, kind, self.http_headers or kind in HEADERS_ONLY)
            return said
        data = body(kind, packet)
        if self.options["mode"] is a.list:
            return List(data)
        head = self.options["header"]
        if not head:
            return data
        return List(data) if len(data) < head else Improper(tuple(data[:head]), data[head:])
