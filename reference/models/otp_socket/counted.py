"""What a server tells of what its socket has counted: reads and writes of the NIF, however packets are cut."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.counters import NAMES, Counts, tell
from gen_tck.reference.models.otp_socket.settings import Settings
from gen_tck.reference.models.otp_socket.statem import Event
from gen_tck.spec.terms import Atom, List

NOT_COUNTED = (a.recv_dvi, a.send_pend)


class Counted(Settings):
    """How it answers ``inet:getstat``."""

    def unknown_counter(self, event: Event) -> bool:
        """Whether something is asked for that is no counter."""
        return any(each not in NAMES for each in event.detail[0])

    def say_counted(self, event: Event) -> None:
        """Answer with what is counted, and leave out the rest."""
        names = [each for each in event.detail[0] if each in NAMES and each not in NOT_COUNTED]
        self.reply(event.caller, (a.ok, List([(each, self._rounded(each)) for each in names])))

    def say_counted_in_pieces(self, event: Event) -> None:
        """The same; the largest is taken to be as large as the others."""
        pieces = {a.recv_max: a.recv_avg, a.send_max: a.send_avg, a.recv_dvi: None, a.send_pend: None}
        told = [(each, self._rounded(name) if (name := pieces.get(each, each)) else 0) for each in event.detail[0]]
        self.reply(event.caller, (a.ok, List(told)))

    def _rounded(self, name: Atom) -> int | None:
        """OTP: gen_tcp_socket.erl: getstat_avg/4"""
        received, sent = (self.sock.received, self.sock.sent) if self.sock is not None else (Counts(), Counts())
        if name in (a.recv_avg, a.send_avg):
            return int((received if name is a.recv_avg else sent).mean + 0.5)
        return tell(name, received, sent, 0)
