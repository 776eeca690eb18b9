"""How OTP's inet backend departs from the reference where numbers and messages are put into their forms."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.flow import Command
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.packet import framing
from gen_tck.reference.driver.receiving import Receive
from gen_tck.reference.driver.states import PASSIVE, Mode
from gen_tck.reference.functions import Function
from gen_tck.reference.models.departure import Departure
from gen_tck.reference.models.otp_inet_closing import TELLS_NOBODY
from gen_tck.reference.models.otp_inet_receiving import NEXT, STOPS, SWITCH, ReceiveTimers
from gen_tck.reference.net.os_tcp import KernelSocket
from gen_tck.reference.port import iodata
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Improper, List, Term

_WORD = 1 << 32
_RECEIVES = ("gen_tcp.recv/2", "gen_tcp.recv/3", "prim_inet.recv/3", "prim_inet.async_recv/3")


class HeaderWraps(TcpDriver):
    """``tcp_sendv``."""

    def offer(self, command: Command) -> None:
        caller, data = command
        size = framing(self.options["packet"])
        if size in (1, 2) and len(data) >= 1 << 8 * size:
            header = (len(data) % (1 << 8 * size)).to_bytes(size, "big")
            self.handle("packet_out", (caller, header + data))
        else:
            super().offer(command)


class ReceiveIsToldAsAMessage(ReceiveTimers):
    """``tcp_reply_data`` and ``tcp_deliver``: its time is stopped, as if it had been answered."""

    told: bool = False
    """Whether the owner has been told of what the receive in the slot waits for."""

    def answer_packet(self, packet: bytes) -> None:
        if self.options["deliver"] is a.port:
            self.never_time_out(None)
            self.told = True
            self.tell_as_port(packet)
        else:
            super().answer_packet(packet)

    def take_slot(self, receive: Receive) -> None:
        self.told = False
        super().take_slot(receive)

    def begin_its_time(self, receive: Receive) -> None:
        if not self.told:
            super().begin_its_time(receive)

    def wants_input(self) -> bool:
        return super().wants_input() and not self._is_told()

    def is_taken(self) -> bool:
        return super().is_taken() and not self._is_told()

    def _is_told(self) -> bool:
        return self.told and self.mode is PASSIVE


class FramingLooksAnew(TcpDriver):
    """``inet_set_opts``."""

    def new_framing(self, before: Mode) -> None:
        if before is not PASSIVE and self.mode is not PASSIVE:
            self.bytes_wanted = 0
        super().new_framing(before)


class LengthIsKept(TcpDriver):
    """``inet_set_opts``: ``i_remain`` stays."""

    def forget_length(self) -> None:
        """It is not."""


class AcceptedPortTellsLists(TcpDriver):
    """``tcp_inet_copy``: the new port is none of ``binary``."""

    tells_lists: bool = False
    """Whether it was made by an accept."""

    def accepted_copy(self, owner: Process, socket: KernelSocket) -> TcpDriver:
        driver = super().accepted_copy(owner, socket)
        assert isinstance(driver, AcceptedPortTellsLists)
        driver.tells_lists = True
        return driver

    def port_data(self, packet: bytes) -> Term:
        data = super().port_data(packet)
        if self.tells_lists and isinstance(data, Improper):
            return List([*data.heads, *iodata(data.tail)])
        return List(data) if self.tells_lists and isinstance(data, bytes) else data


def _cuts_length(call: Function) -> Function:
    async def cut(process: Process, socket: Term, length: Term, *timeout: Term) -> Term:
        if isinstance(length, int) and length >= 0:
            length %= _WORD
            length = 0 if length >= _WORD // 2 else length  # it is read as a signed number
        return await call(process, socket, length, *timeout)

    return cut


def _cuts_timeout(call: Function) -> Function:
    async def cut(process: Process, socket: Term, length: Term, *timeout: Term) -> Term:
        given = [each % _WORD if isinstance(each, int) and each >= 0 else each for each in timeout]
        return await call(process, socket, length, *given)

    return cut


WRAPS = Departure(
    "otp-inet/length-in-the-header-wraps",
    "the length of a packet is put into the one or two bytes of its header without a check",
    otp="inet_drv.c: tcp_sendv",
    clauses=("sending/packet-beyond-its-header-is-refused",),
    driver=HeaderWraps,
)
MESSAGE = Departure(
    "otp-inet/deliver-port-answers-a-receive-with-a-message",
    "with {deliver, port} the owner is told what a receive waits for, in the form of a port's; the receive waits for "
    "ever in its slot",
    otp="inet_drv.c: tcp_reply_data; inet_drv.c: tcp_deliver",
    clauses=("modes/deliver-port-leaves-receives-alone",),
    driver=ReceiveIsToldAsAMessage,
    after=(SWITCH.name, STOPS.name, NEXT.name),
)
LENGTH = Departure(
    "otp-inet/length-is-cut-to-32-bits",
    "the length of a receive is sent to the driver as 32 bits, and read as a signed number: a negative one is zero",
    otp="prim_inet.erl: async_recv/3",
    clauses=("async_recv/length-is-not-cut-to-32-bits", "receiving/length-is-not-cut-to-32-bits"),
    functions=dict.fromkeys(_RECEIVES, _cuts_length),
    after=(TELLS_NOBODY.name,),
)
TIMEOUT = Departure(
    "otp-inet/timeout-is-cut-to-32-bits",
    "the timeout of a receive is sent to the driver as 32 bits",
    otp="prim_inet.erl: enc_time/1",
    clauses=("async_recv/timeout-is-not-cut-to-32-bits", "receiving/timeout-is-not-cut-to-32-bits"),
    functions=dict.fromkeys(_RECEIVES, _cuts_timeout),
    after=(TELLS_NOBODY.name, LENGTH.name),
)
LISTS = Departure(
    "otp-inet/accepted-port-tells-lists",
    "with {deliver, port} an accepted socket tells of lists whatever its mode: its port is not one of binaries",
    otp="inet_drv.c: tcp_inet_copy; inet_drv.c: inet_port_binary_data",
    clauses=("modes/accepted-socket-tells-as-a-port",),
    driver=AcceptedPortTellsLists,
)
ANEW = Departure(
    "otp-inet/framing-looks-anew",
    "a new framing of an active socket forgets how much was wanted; releases differ, and clauses leave it open",
    otp="inet_drv.c: inet_set_opts",
    since=26,
    driver=FramingLooksAnew,
)
KEPT = Departure(
    "otp-inet/new-framing-keeps-the-length",
    "a passive socket waits for the rest of a packet whose header it read while active, whatever its framing is now",
    otp="inet_drv.c: inet_set_opts; inet_drv.c: tcp_recv",
    clauses=("modes/packet-type-applies-to-what-waits",),
    driver=LengthIsKept,
)
FORMATS = (WRAPS, MESSAGE, ANEW, KEPT, LISTS, LENGTH, TIMEOUT)
