"""Variants of the clauses on closing."""

from __future__ import annotations

import contextlib

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import HALF_CLOSED, OPEN
from gen_tck.reference.models import variant_calls as calls
from gen_tck.reference.models.variant import Variant
from gen_tck.reference.models.variants_receiving import LENGTH_IS_IGNORED
from gen_tck.reference.net.os_tcp import Direction, SocketError
from gen_tck.reference.tables import Around, Edit, InFront, Instead
from gen_tck.spec.terms import Atom

_SHUTDOWN, _SETOPTS, _GETOPTS = "gen_tcp.shutdown/2", "inet.setopts/2", "inet.getopts/2"
_EXITS, _ACTIVE, _PASSIVE_EXITS = "is_active and exit_on_close", "is_active", "exit_on_close"
_TELL_END = ("release_sender", "drop_input", "tell_closed")
_TELL_FAILURE = ("release_blocked_sender", "drop_input", "tell_failure", "tell_closed")


class TurnsPassive(TcpDriver):
    """A mode can end with something else than a packet."""

    def turn_passive(self, _: object) -> None:
        """It is no longer active."""
        self.handle("set_false")


class UnreadIsReset(TcpDriver):
    """What counts as read is what was received."""

    def reset_if_unread(self, _: object) -> None:
        """The kernel is told to reset if there is something left."""
        if self.input and not self.vm.choose("whether what was read ahead counts as read", 2):
            self.socket.set_option("linger", (a.true, 0))


class BadPackets(TurnsPassive):
    """What was read may be no packet."""

    def is_bad_packet(self, reason: Atom) -> bool:
        """Whether that is why."""
        return reason is a.emsgsize

    def may_drop_input(self, _: object) -> None:
        """It stays where it is, or is gone."""
        if self.vm.choose("whether a bad packet stays", 2):
            self.drop_input(None)

    def may_keep_input(self, _: object) -> None:
        """It is gone, or stays where it is."""
        if not self.vm.choose("whether a bad packet is dropped", 2):
            self.drop_input(None)


class ShutForReading(TcpDriver):
    """It knows that it has shut down the direction from the peer."""

    deaf: bool = False

    def note_deaf(self, direction: Direction) -> None:
        """What comes from the peer may have ended by that."""
        self.deaf = self.deaf or direction != "write"

    def is_deaf(self, _: object) -> bool:
        """Whether what comes from the peer has ended by one's own doing."""
        return self.deaf


class ShutdownStaysOpen(ShutForReading):
    """Nobody else's end."""

    def release_sender(self, detail: object) -> None:
        if not self.deaf:
            super().release_sender(detail)


class ArrivedIsDiscarded(ShutForReading):
    """All that is there, or what the kernel has."""

    def discard_arrived(self, direction: Direction) -> None:
        """If it is the direction from the peer."""
        if direction != "write":
            with contextlib.suppress(SocketError):
                while self.socket.read(1 << 20):
                    pass
            if not self.vm.choose("what a shutdown discards", 2):
                self.drop_input(None)


class NothingAfterShutdown(ShutForReading):
    """What comes after the shutdown is lost, or what comes after the next look."""

    ended: bool = False

    def take_what_came(self, direction: Direction) -> None:
        """If it is the direction from the peer, and the first time."""
        first = direction != "write" and not self.deaf
        if first and not self.vm.choose("when what comes after a shutdown is lost", 2):
            self._take(keep=True)

    def read(self, request: int = 0) -> None:
        if self.deaf:
            self._take(keep=not self.ended)
        super().read(request)

    def _take(self, *, keep: bool) -> None:
        self.ended = True
        with contextlib.suppress(SocketError):
            while data := self.socket.read(1 << 20):
                if keep:
                    self.input += data


CLOSED_TO_RECEIVERS = Variant(
    reason="a lost connection is closed to who receives",
    of=("closing/recv-after-the-end", "closed"),
    functions=dict.fromkeys(calls.RECEIVES, calls.closed_of_a_lost_one("what a receive of a lost connection is told")),
    after=(LENGTH_IS_IGNORED.name,),
)
_CALLS = (
    Variant(
        reason="a closed socket is no socket to a receive",
        of=("closing/recv-after-close", "einval"),
        functions=dict.fromkeys(calls.RECEIVES, calls.einval_when_closed),
    ),
    CLOSED_TO_RECEIVERS,
    Variant(
        reason="a socket whose connection is lost is none to who receives",
        of=("closing/recv-after-the-end", "einval"),
        functions=dict.fromkeys(calls.RECEIVES, calls.einval_for_an_error_when_lost),
    ),
    Variant(
        reason="a closed socket is closed to who sets or asks for options",
        of=("closing/options-after-close", "closed"),
        functions={
            "gen_tcp.close/1": calls.notes_who_is_closed,
            **dict.fromkeys((_SETOPTS, _GETOPTS), calls.closed_after_close),
        },
    ),
    Variant(
        reason="of a socket whose connection is lost no option but the mode can be set",
        of=("closing/options-after-a-noticed-end", "einval"),
        functions={_SETOPTS: calls.einval_for_other_options_when_lost},
    ),
    Variant(
        reason="a socket whose connection is lost has no options",
        of=("closing/mode-after-a-noticed-end", "einval"),
        functions={_GETOPTS: calls.einval_when_lost},
    ),
    Variant(
        reason="a socket that has told of the peer's end has no options",
        of=("closing/mode-of-a-half-open-socket", "einval"),
        functions={_GETOPTS: calls.einval_when_told},
    ),
    Variant(
        reason="a socket that has told of the peer's end takes no mode",
        of=("closing/arming-a-half-open-socket", "einval"),
        functions={_SETOPTS: calls.einval_for_modes_when_told},
    ),
    Variant(
        reason="a lost connection is closed to who shuts it down",
        of=("closing/shutdown-after-a-noticed-end", "closed"),
        functions={_SHUTDOWN: calls.closed_when_lost},
    ),
    Variant(
        reason="closing leaves the message of an end that came before",
        of=("closing/close-and-the-closed-message", "kept"),
        functions={"gen_tcp.close/1": calls.keeps_the_message},
    ),
)
HALF_OPEN_IS_PASSIVE = Variant(
    reason="when the end was told, the mode is passive",
    of=("closing/mode-of-a-half-open-socket", "passive"),
    edits=(Around(OPEN, "fin", _ACTIVE, last=("turn_passive",)),),
    driver=TurnsPassive,
)
BAD_PACKET_STAYS = Variant(
    reason="a receive is told of a bad packet, as is every further one while it stays; that is all",
    of=("closing/recv-after-a-bad-packet", "emsgsize"),
    edits=(
        InFront(
            OPEN,
            "failure",
            _PASSIVE_EXITS,
            (Instead(("may_drop_input", "answer_failure"), when="is_bad_packet"),),
        ),
    ),
    driver=BadPackets,
)
BAD_PACKET_IS_DROPPED = Variant(
    reason="a receive is told of a bad packet, which is gone then, if it does not stay; that is all",
    of=("closing/recv-after-a-bad-packet", "timeout"),
    edits=(
        InFront(
            OPEN,
            "failure",
            _PASSIVE_EXITS,
            (Instead(("may_keep_input", "answer_failure"), when="is_bad_packet"),),
        ),
    ),
    driver=BadPackets,
)
CLOSING = (
    *_CALLS,
    HALF_OPEN_IS_PASSIVE,
    Variant(
        reason="closing with data that was read ahead and not received resets, as with data that was not read",
        of=("closing/close-after-the-first-line", "reset"),
        edits=(Around(OPEN, "released", "", first=("reset_if_unread",)),),
        driver=UnreadIsReset,
    ),
    Variant(
        reason="a bad packet is told to an active socket's owner, and makes it passive; that is all",
        of=("closing/bad-packet-ends-the-connection", "stays_open"),
        edits=(
            InFront(
                OPEN,
                "failure",
                _EXITS,
                (Instead(("drop_input", "turn_passive", "tell_failure"), when="is_active and is_bad_packet"),),
            ),
        ),
        driver=BadPackets,
    ),
    BAD_PACKET_STAYS,
    BAD_PACKET_IS_DROPPED,
    Variant(
        reason="a shutdown for reading discards what has come, or what of it was not read ahead",
        of=("closing/shutdown-read-and-what-had-arrived", "discarded"),
        edits=(Around(OPEN, "shutdown", "", first=("discard_arrived",), last=("note_deaf",)),),
        driver=ArrivedIsDiscarded,
    ),
    Variant(
        reason="after a shutdown for reading there is what came before it, or before the next look, and nothing else",
        of=("closing/data-after-shutdown-read", "closed"),
        edits=(Around(OPEN, "shutdown", "", first=("take_what_came",), last=("note_deaf",)),),
        driver=NothingAfterShutdown,
    ),
    Variant(
        reason="the end that is one's own doing is told, and ends nothing, whatever exit_on_close says",
        of=("closing/shutdown-read-and-exit-on-close", "stays_open"),
        edits=(
            Around(OPEN, "shutdown", "", last=("note_deaf",)),
            InFront(
                OPEN,
                "fin",
                _EXITS,
                (
                    Instead((*_TELL_END, "stop_reading"), HALF_CLOSED, when="is_active and is_deaf"),
                    Instead(("release_sender", "drop_input", "answer_closed"), HALF_CLOSED, when="is_deaf"),
                ),
            ),
            InFront(
                OPEN,
                "failure",
                _PASSIVE_EXITS,
                (Instead(("release_blocked_sender", "drop_input", "answer_failure"), HALF_CLOSED, when="is_deaf"),),
            ),
        ),
        driver=ShutdownStaysOpen,
    ),
    Variant(
        reason="whether a bad packet closes a socket with {exit_on_close, false}, too",
        of=("closing/bad-packet-ends-the-connection", "closes_whatever"),
        is_open=True,
        edits=(
            InFront(OPEN, "failure", _EXITS, (Instead((*_TELL_FAILURE, "exit"), when="is_active and is_bad_packet"),)),
        ),
        driver=BadPackets,
    ),
    Variant(
        reason="whether {exit_on_close, true} that is set after the end still closes",
        of=("closing/exit-on-close-may-be-set-later", "too_late"),
        is_open=True,
        edits=(Edit((HALF_CLOSED,), "fin", _EXITS, (Instead((*_TELL_END, "stop_reading"), when=_EXITS),)),),
    ),
)
