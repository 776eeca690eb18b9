"""Faults to plant in the reference, each an implementation that is wrong in one way, and the machine's own Erlang."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gen_tck.adapters.beam import open_otp
from gen_tck.adapters.child import ChildNode
from gen_tck.reference import atoms as a
from gen_tck.reference.driver.inet_drv import AFTER_PACKET, TABLE, ConnectionState, TcpDriver
from gen_tck.reference.port import OpenPort
from gen_tck.spec.terms import Term


@pytest.fixture(scope="module")
def otp(erl: str) -> Iterator[ChildNode]:
    """A node of the machine's own Erlang."""
    node = open_otp("inet", erl)
    yield node
    node.close()


class UnlinkedPort(OpenPort):
    def exit_signal(self, reason: Term) -> None:
        if self.owner in self.vm.processes:
            super().exit_signal(reason)


class OwnersDeathDoesNotClose(TcpDriver):
    port_class = UnlinkedPort


class OnceStaysArmed(TcpDriver):
    after_packet = AFTER_PACKET | {"once": lambda count: (a.once, False)}


class PassiveAfterNIsSilent(TcpDriver):
    after_packet = AFTER_PACKET | {"count": lambda count: (count - 1, False) if count > 1 else (a.false, False)}


class TimeoutLosesBytes(TcpDriver):
    def receive_timeout(self) -> None:
        self.input.clear()
        super().receive_timeout()


class EndIsNotTold(TcpDriver):
    def tell_closed(self, _: object) -> None:
        self.told_closed = True


class SecondReceiveReplacesTheFirst(TcpDriver):
    def begin_receive(self, detail: Any) -> None:
        self.receiving = None
        super().begin_receive(detail)


class ActiveSocketMayReceive(TcpDriver):
    table = TABLE | {
        key: ("begin_receive",) for key in TABLE if key[0] is ConnectionState.CONNECTED and key[1] == "receive"
    }


class CloseForgetsTheReceiver(TcpDriver):
    def stop(self) -> None:
        self.receiving = None
        super().stop()


class EndIsToldAsAReset(TcpDriver):
    def tell_closed(self, _: object) -> None:
        if not self.told_closed:
            self.tell_failure(a.econnreset)
        super().tell_closed(_)


class RepliesToTheOwner(TcpDriver):
    def reply(self, caller: Any, status: Term) -> None:
        super().reply(self.port.owner, status)


FAULTS = (
    OwnersDeathDoesNotClose,
    OnceStaysArmed,
    PassiveAfterNIsSilent,
    TimeoutLosesBytes,
    EndIsNotTold,
    SecondReceiveReplacesTheFirst,
    ActiveSocketMayReceive,
    CloseForgetsTheReceiver,
    EndIsToldAsAReset,
    RepliesToTheOwner,
)
