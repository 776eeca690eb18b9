"""Variants of the clauses on sending."""

from __future__ import annotations

from gen_tck.reference.driver.flow import Command
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import OPEN, Queue, Writing
from gen_tck.reference.models import variant_calls as calls
from gen_tck.reference.models.variant import Variant
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.reference.tables import Edit, InFront, Instead
from gen_tck.spec.terms import Term

_SEND = "gen_tcp.send/2"


class EmptySendFails(TcpDriver):
    """``write(2)`` of nothing."""

    def is_empty(self, command: Command) -> bool:
        """Whether there is nothing to send."""
        return not command[1]

    def ask_kernel(self, command: Command) -> None:
        """It is told when there is no connection to send it on."""
        try:
            self.socket.write(b"")
        except SocketError as error:
            if not self.vm.choose("whether nothing is sent", 2):
                self.wait_for_reply(command)
                self.write_failed(error)
                return
        self.reply_ok(command)


class FailedSendIsAll(TcpDriver):
    """What failed tells."""

    def has_own_end(self, _: object) -> bool:
        """Whether the kernel takes nothing more as this side has ended its direction."""
        return self.writing is Writing.ENDED

    failed: bool = False

    def note_failure(self, _: object) -> None:
        """Nothing is sent any more but what is queued."""
        self.failed = True

    def has_failed(self, _: object) -> bool:
        """Whether a send has been told of it."""
        return self.failed


class KernelHasRoom(TcpDriver):
    """Whatever is set."""

    def set_kernel_option(self, name: str, value: Term) -> None:
        super().set_kernel_option(name, 1 << 21 if name == "sndbuf" else value)


EMPTY_SEND_FAILS = Variant(
    reason="sending nothing asks the kernel, and fails as sending anything does",
    of=("sending/empty-send-on-a-dead-connection", "closed"),
    edits=(InFront((Queue.EMPTY,), "packet_out", "", (Instead(("ask_kernel",), when="is_empty"),)),),
    driver=EmptySendFails,
)
FAILED_SEND_IS_ALL = Variant(
    reason="a send that fails after one's own shutdown fails, and nothing else happens",
    of=("sending/failed-send-closes-the-socket", "stays_open"),
    edits=(
        InFront(OPEN, "send", "", (Instead(("reply_remembered",), when="has_failed"),)),
        InFront(
            OPEN,
            "write_failure",
            "is_active and exit_on_close",
            (Instead(("drop_output", "reply_failure", "note_failure"), when="has_own_end"),),
        ),
        Edit(
            (Queue.QUEUED,),
            "packet_out",
            "ends_writing",
            (Instead(("wait_for_reply", "reply_failure", "note_failure"), None, "ends_writing"),),
        ),
    ),
    driver=FailedSendIsAll,
)
SENDING = (
    Variant(
        reason="a listener is closed to who sends",
        of=("sending/listener-cannot-send", "closed"),
        functions={_SEND: calls.closed_of_a_listener},
    ),
    Variant(
        reason="who sends more than the kernel takes waits for room",
        of=("sending/large-send-to-a-stalled-peer", "waits"),
        edits=(Edit((Queue.EMPTY,), "left_over", "", (Instead(("append_packet", "fill"), Queue.QUEUED),)),),
    ),
    Variant(
        reason="a lost connection is closed to who sends",
        of=("sending/sends-after-a-failed-send", "closed"),
        functions={_SEND: calls.closed_of_a_lost_one("what a send on a lost connection is told")},
    ),
    EMPTY_SEND_FAILS,
    FAILED_SEND_IS_ALL,
    Variant(
        reason="after how much data a sender is blocked: a buffer may hold more than its option says",
        of=("sending/stalled-peer-blocks-the-sender", "later"),
        is_open=True,
        driver=KernelHasRoom,
    ),
)
