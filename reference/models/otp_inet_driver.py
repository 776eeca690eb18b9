"""OTP's inet driver as it is: the reference's driver with the faults of ``inet_drv.c``, each beside its function."""

from __future__ import annotations

import contextlib
from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.inet_drv import CONNECTED, DISCONNECTED, HALF_CLOSED, LISTENING, Request, TcpDriver
from gen_tck.reference.driver.packet import LINE, BadPacket, packet_length
from gen_tck.reference.models.otp_inet_closing import LingeringPort
from gen_tck.reference.state_key import Namer, StateKey
from gen_tck.spec.terms import Atom, Pid, Term


class ClassicDriver(TcpDriver):
    """The driver ``tcp_inet`` of Erlang/OTP 25 to 29 (``inet_drv.c``), with its faults."""

    port_class = LingeringPort
    earlier = True
    """Up to OTP 25: who has had an answer is told of a late timeout, and who waits of what another finds."""

    def __init__(self, *args: Any) -> None:
        self.selected = False
        """Whether it reads. It is a switch (``sock_select``), not a question of who wants to have something."""
        self.caller = Pid(0)
        """Of the last command."""
        self.stumbled = False
        """Whether it has found what is no packet, behind one that is."""
        self.shut_after_queue = False
        """Whether a shutdown had to wait for output to be sent."""
        super().__init__(*args)

    def state_key(self, name: Namer) -> StateKey:
        own = (self.selected, name(self.caller), self.stumbled, self.shut_after_queue)
        return (super().state_key(name), own)

    def _wants_input(self) -> bool:
        if self.state is LISTENING:
            return super()._wants_input()
        return self.state in (CONNECTED, HALF_CLOSED) and self.selected

    # inet_set_opts and tcp_deliver: who becomes passive reads no more, a receive in the slot or not

    def set_active(self, value: Term) -> None:
        before = self.active
        super().set_active(value)
        if type(self.active) is not type(before) or (isinstance(self.active, Atom) and self.active is not before):
            self.selected = self.active is not a.false

    def count_packet(self, detail: object) -> None:
        super().count_packet(detail)
        if self.active is a.false:
            self.selected = False
            self._never_times_out()

    def _never_times_out(self) -> None:
        if self.receiving is not None and self.receiving.timer is not None:
            self.receiving.timer.cancel()

    def answer_packet(self, packet: bytes) -> None:
        self.selected = False
        super().answer_packet(packet)

    def begin_receive(self, detail: tuple[Request, int, int | None]) -> None:
        super().begin_receive(detail)
        self.selected = self.selected or self.receiving is detail[0]

    # tcp_inet_ctl, TCP_REQ_RECV: a poll that fails goes on to want its length (i_remain), a timer ends that

    def receive_timeout(self) -> None:
        if self.receiving is not None and self.receiving.timer is None:
            self.answer((a.error, a.timeout))
        else:
            self.selected = False
            super().receive_timeout()

    # desc_close_read: who has told of the end, or of a failure, reads no more

    def exit_or_half_close(self, detail: object) -> None:
        super().exit_or_half_close(detail)
        self.selected = False

    def disconnect_or_half_close(self, detail: object) -> None:
        super().disconnect_or_half_close(detail)
        self.selected = False

    def exit_for_or_disconnect(self, reason: Atom) -> None:
        if self.options["exit_on_close"] is a.true:
            self.exit(reason)
        else:
            self.state, self.read_stopped, self.selected = HALF_CLOSED, True, False

    # enq_async: nobody watches the process of a request

    def _forget_receive(self, request: Request) -> None:
        """The slot stays taken."""

    # tcp_push_buffer and tcp_remain: the buffer has the size of what was put back, and when it is full, it is full; how
    # much is wanted (i_remain) is forgotten

    def unreceive(self, data: bytes) -> None:
        if self.state in (CONNECTED, HALF_CLOSED):
            self.buffer_size += len(data)
        super().unreceive(data)

    def _keeps_its_length(self) -> bool:
        return False

    def _packet_length(self) -> int:
        options, room = self.options, self.buffer_size or self.options["buffer"]
        kind = {a.line: LINE, a.raw: 0}.get(options["packet"], options["packet"])
        size, delimiter = options["packet_size"], options["line_delimiter"]
        length = packet_length(kind, self.input, size, room, delimiter, headers=self.http_headers)
        if not length and len(self.input) >= room:
            raise BadPacket
        return length

    # tcp_deliver: it looks for a further packet while the mode is active, whether or not a receive is pending

    def _is_taken(self) -> bool:
        return self.active is not a.false

    # tcp_deliver: what is no packet is only found, not told; that does the next look for input

    def _deliver(self, length: int) -> None:
        try:
            super()._deliver(length)
        except BadPacket:
            self.bytes_wanted, self.stumbled = 0, True

    def deliver_what_is_there(self, direct: bool) -> None:
        self.stumbled = False
        if direct:
            super().deliver_what_is_there(direct)
            self.selected = self.selected and not self.stumbled
        elif self.input and not self.bytes_wanted:
            with contextlib.suppress(BadPacket):
                self._deliver(self._packet_length())

    # tcp_recv_closed and tcp_recv_error: whatever exit_on_close says, blocked senders are released, the queue dropped

    def release_blocked_sender(self, detail: object) -> None:
        if self.port.busy:
            self.drop_output(None)
            self._no_longer_busy((a.error, a.closed))

    # inet_reply: the driver knows one caller, the last

    def command(self, caller: Pid, data: bytes) -> None:
        if self.earlier and self.pending_shutdown is not None and self.waiting_senders:
            self.handle("write_failure", a.epipe)
            return
        self.waiting_senders.clear()
        self.caller = caller
        super().command(caller, data)

    # tcp_sendv: each command that finds the port full sets a timer, of which only one is cancelled later

    def _become_busy(self, caller: Pid) -> None:
        again, timeout = self.send_timer is not None, self.options["send_timeout"]
        super()._become_busy(caller)
        if again and timeout is not a.infinity:
            # It fires together with the first one, or when those have gone on whom that lets go.
            late = 0 if self.vm.choose("two timeouts together", 2) else 1
            self.vm.timers.start(timeout + late, lambda: self._second_timeout(not late))

    def _second_timeout(self, together: bool) -> None:
        connected = self.state in (CONNECTED, HALF_CLOSED)
        if self.port.closed or not (connected or together):
            return
        if self.earlier and not self.waiting_senders:
            self.reply(self.caller, (a.error, a.timeout))
        if connected:
            self.handle("send_timeout")

    # tcp_inet_ctl, TCP_REQ_SHUTDOWN: that it has ended its writing it notes only if that failed, or came after a queue

    def _flushed(self) -> None:
        self.shut_after_queue = self.shut_after_queue or self.pending_shutdown is not None
        self.write_ended = self.write_ended or self.shut_after_queue
        super()._flushed()

    def shutdown(self, direction: Any) -> None:
        before = self.write_ended
        super().shutdown(direction)
        self.write_ended = before

    # tcp_send_or_shutdown_error: who closes the descriptor stops its timers

    def exit_or_disconnect(self, detail: object) -> None:
        super().exit_or_disconnect(detail)
        if self.state is DISCONNECTED:
            self._never_times_out()

    # tcp_sendv: after a shutdown that came after a queue the kernel is not asked any more, not even to send nothing

    def _write(self, caller: Pid, packet: bytes) -> None:
        if self.shut_after_queue:
            self.waiting_senders.append(caller)
            self.handle("write_failure", a.closed)
        else:
            super()._write(caller, packet)

    # tcp_inet_send_timeout: the timeout of a send closes the descriptor, and leaves a receive to wait for ever, unless
    # that times out in the same millisecond

    def disconnect_if_told(self, detail: object) -> None:
        if self.options["send_timeout_close"] is a.true:
            timer = self.receiving.timer if self.receiving is not None else None
            together = timer is not None and timer.due == self.vm.timers.now
            if together and self.vm.choose("which timeout comes first", 2):
                self.answer((a.error, a.timeout))
            self._never_times_out()
            self.receiving = None
        super().disconnect_if_told(detail)

    # driver_exit and tcp_inet_stop: who waits for the queue is not told, and what a closing port says reaches nobody

    def exit(self, reason: Atom = a.normal) -> None:
        self.when_flushed.clear()
        super().exit(reason)

    def stop(self) -> None:
        if self.output and self.state in (CONNECTED, HALF_CLOSED):
            self.when_flushed.clear()
            self.receiving = None
        elif self.state is DISCONNECTED:  # tcp_close_check looks at those of a connection only
            self.receiving = None
        super().stop()


class LaterDriver(ClassicDriver):
    """The same from OTP 26 on: after part of a packet it reads on at once (``tcp_recv``); a new framing looks anew."""

    earlier = False

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        framing = [value for name, value in pairs if name == "packet"]
        if framing and framing[-1] != self.options["packet"] and self.active is not a.false:
            self.bytes_wanted = 0
        super().set_options(pairs)

    def _read(self, request: int = 0) -> None:
        self.delivered = False
        known, before = request or self.bytes_wanted, len(self.input)
        super()._read(request)
        while not known and not self.delivered and len(self.input) > before and self._wants_more():
            known, before = self.bytes_wanted, len(self.input)
            super()._read()

    def _deliver(self, length: int) -> None:
        self.delivered = True
        super()._deliver(length)

    def _wants_more(self) -> bool:
        return self.state in (CONNECTED, HALF_CLOSED) and (self.active is not a.false or self.receiving is not None)


class LatestDriver(LaterDriver):
    """The same from OTP 28 or 29 on: an active socket that the timeout of a send closes tells its owner."""

    def disconnect_if_told(self, detail: object) -> None:
        if self.options["send_timeout_close"] is a.true and self.active is not a.false:
            self.tell_closed(detail)
            self.exit_or_disconnect(detail)
        else:
            super().disconnect_if_told(detail)
