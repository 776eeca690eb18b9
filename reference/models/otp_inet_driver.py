"""OTP's inet driver as it is: the reference's driver with the faults of ``inet_drv.c``, each beside its function."""

from __future__ import annotations

import contextlib

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Refused
from gen_tck.reference.driver.flow import Command
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.packet import BadPacket, framing, packet_length
from gen_tck.reference.driver.receiving import Receive
from gen_tck.reference.driver.states import LISTENING, OPEN, PASSIVE
from gen_tck.reference.models.otp_inet_port import ClassicPort
from gen_tck.reference.models.otp_inet_rows import CLASSIC, LATEST
from gen_tck.reference.net.os_tcp import Direction
from gen_tck.reference.state_key import Namer, StateKey
from gen_tck.spec.terms import Atom, Pid, Term


class ClassicDriver(TcpDriver):
    """The driver ``tcp_inet`` of Erlang/OTP 25 to 29 (``inet_drv.c``), with its faults."""

    port_class = ClassicPort
    earlier = True
    """Up to OTP 25: who has had an answer is told of a late timeout, and who waits of what another finds."""

    tables = CLASSIC

    selected = False
    """Whether it reads. It is a switch (``sock_select``), not a question of who wants to have something."""
    caller = Pid(0)
    """Of the last command."""
    stumbled = False
    """Whether it has found what is no packet, behind one that is."""
    shut_after_queue = False
    """Whether a shutdown had to wait for output to be sent."""
    noted_end = False
    """Whether it has noted that this side has ended its direction."""

    def state_key(self, name: Namer) -> StateKey:
        own = (self.selected, name(self.caller), self.stumbled, self.shut_after_queue, self.noted_end)
        return (super().state_key(name), own)

    def wants_input(self) -> bool:
        if self.state is LISTENING:
            return super().wants_input()
        return self.state in OPEN and self.selected

    def unselect(self, _: object) -> None:
        """It reads no more."""
        self.selected = False

    # inet_set_opts: who becomes passive reads no more, a receive in the slot or not

    def set_active(self, value: Term) -> None:
        before = self.mode
        super().set_active(value)
        if self.mode is not before:
            self.selected = self.mode is not PASSIVE

    def never_time_out(self, _: object) -> None:
        """The timer of a receive is no more; the receive is."""
        if self.receiving is not None and self.receiving.timer is not None:
            self.receiving.timer.cancel()

    def answer_packet(self, packet: bytes) -> None:
        self.selected = False
        super().answer_packet(packet)

    def select_for_it(self, receive: Receive) -> None:
        """It reads, if the receive waits."""
        self.selected = self.selected or self.receiving is receive[0]

    def is_poll(self, _: object) -> bool:
        """Whether the receive has no time at all."""
        return self.receiving is not None and self.receiving.timer is None

    # tcp_push_buffer and tcp_remain: when the buffer is full, it is full; how much is wanted (i_remain) is forgotten

    def grow_buffer(self, data: bytes) -> None:
        """It has room for what is put back."""
        self.buffer_size += len(data)

    def keeps_its_length(self) -> bool:
        return False

    def packet_length(self) -> int:
        options, room = self.options, self.buffer_size or self.options["buffer"]
        kind = framing(options["packet"])
        size, delimiter = options["packet_size"], options["line_delimiter"]
        length = packet_length(kind, self.input, size, room, delimiter, headers=self.http_headers)
        if not length and len(self.input) >= room:
            raise BadPacket
        return length

    # tcp_deliver: it looks for a further packet while the mode is active, whether or not a receive is pending

    def is_taken(self) -> bool:
        return self.mode is not PASSIVE

    # tcp_deliver: what is no packet is only found, not told; that does the next look for input

    def deliver(self, length: int) -> None:
        try:
            super().deliver(length)
        except BadPacket:
            self.bytes_wanted, self.stumbled = 0, True

    def deliver_what_is_there(self, direct: bool) -> None:
        self.stumbled = False
        if direct:
            super().deliver_what_is_there(direct)
            self.selected = self.selected and not self.stumbled
        elif self.input and not self.bytes_wanted:
            with contextlib.suppress(BadPacket):
                self.deliver(self.packet_length())

    # tcp_recv_closed and tcp_recv_error: whatever exit_on_close says, blocked senders are released, the queue dropped

    def release_blocked_sender(self, _: object) -> None:
        if self.port.busy:
            self.handle("dropped")
            self.handle("let_go", (a.error, a.closed))

    # inet_reply: the driver knows one caller, the last

    def command(self, caller: Pid, data: bytes) -> None:
        if self.earlier and self.pending_shutdown is not None and self.waiting_senders:
            self.handle("write_failure", a.epipe)
            self.watch()
            return
        self.waiting_senders.clear()
        self.caller = caller
        super().command(caller, data)

    # tcp_sendv: each command that finds the port full sets a timer, of which only one is cancelled later

    def fill(self, command: Command) -> None:
        again, timeout = self.send_timer is not None, self.options["send_timeout"]
        super().fill(command)
        if again and timeout is not a.infinity:
            # It fires together with the first one, or when those have gone on whom that lets go.
            late = 0 if self.vm.choose("two timeouts together", 2) else 1
            self.vm.timers.start(timeout + late, lambda: self._second_timeout(not late))

    def _second_timeout(self, together: bool) -> None:
        connected = self.state in OPEN
        if self.port.closed or not (connected or together):
            return
        if self.earlier and not self.waiting_senders:
            self.reply(self.caller, (a.error, a.timeout))
        if connected:
            self.handle("send_timeout")
            self.watch()

    # tcp_inet_ctl, TCP_REQ_SHUTDOWN: that it has ended its writing it notes only if that failed, or came after a queue

    def shut_down_as_noted(self, _: object) -> None:
        self.shut_after_queue = self.noted_end = True
        super().shut_down_as_noted(None)

    def shut_down(self, direction: Direction) -> None:
        try:
            super().shut_down(direction)
        except Refused:
            self.noted_end = self.noted_end or direction != "read"
            raise

    def has_ended_writing(self) -> bool:
        return self.noted_end

    # tcp_sendv: after a shutdown that came after a queue the kernel is not asked any more, not even to send nothing

    def write(self, command: Command) -> None:
        if self.shut_after_queue:
            self.wait_for_reply(command)
            self.handle("write_failure", a.closed)
        else:
            super().write(command)

    # tcp_inet_send_timeout: a receive that times out in the same millisecond may be told first

    def abandon_receive(self, _: object) -> None:
        """Nobody ever answers it."""
        timer = self.receiving.timer if self.receiving is not None else None
        together = timer is not None and timer.due == self.vm.timers.now
        if together and self.vm.choose("which timeout comes first", 2):
            self.answer((a.error, a.timeout))
        self.never_time_out(None)
        self.leave_slot(None)

    def leave_slot(self, _: object) -> None:
        """The receive is not known any more."""
        self.handle("left")

    def forget_receive(self, _: object) -> None:
        """The slot is free; nobody is told."""
        self.receiving = None

    # driver_exit and tcp_inet_stop

    def exit_for(self, reason: Atom) -> None:
        self.when_flushed.clear()
        super().exit_for(reason)

    def forget_if_queued(self, _: object) -> None:
        """With output to be sent, neither who waits for that nor who waits for input is told."""
        if self.output:
            self.when_flushed.clear()
            self.leave_slot(None)


class LaterDriver(ClassicDriver):
    """The same from OTP 26 on: after part of a packet it reads on at once (``tcp_recv``); a new framing looks anew."""

    earlier = False

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        framing = [value for name, value in pairs if name == "packet"]
        if framing and framing[-1] != self.options["packet"] and self.mode is not PASSIVE:
            self.bytes_wanted = 0
        super().set_options(pairs)

    def read(self, request: int = 0) -> None:
        self.delivered = False
        known, before = request or self.bytes_wanted, len(self.input)
        super().read(request)
        while not known and not self.delivered and len(self.input) > before and self._wants_more():
            known, before = self.bytes_wanted, len(self.input)
            super().read()

    def deliver(self, length: int) -> None:
        self.delivered = True
        super().deliver(length)

    def _wants_more(self) -> bool:
        return self.state in OPEN and (self.mode is not PASSIVE or self.receiving is not None)


class LatestDriver(LaterDriver):
    """The same from OTP 28 or 29 on: an active socket that the timeout of a send closes tells its owner."""

    tables = LATEST
