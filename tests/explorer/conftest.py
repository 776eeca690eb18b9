"""Faults to plant in the reference, each an implementation that is wrong in one way, and the machine's own Erlang."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gen_tck.adapters.beam import open_otp
from gen_tck.adapters.child import ChildNode
from gen_tck.reference import atoms as a
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import CONNECTED, COUNTED, ONCE, PASSIVE, TAKEN
from gen_tck.reference.port import OpenPort
from gen_tck.reference.tables import Edit, Instead, edited
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
    tables = edited(TcpDriver.tables, Edit((ONCE,), "packet", "", (Instead(("tell_packet",)),)))


class PassiveAfterNIsSilent(TcpDriver):
    tables = edited(
        TcpDriver.tables,
        Edit((COUNTED,), "packet", "is_last", (Instead(("tell_packet",), PASSIVE, when="is_last"),)),
    )


class TimeoutLosesBytes(TcpDriver):
    def expire(self) -> None:
        self.input.clear()
        super().expire()


class EndIsNotTold(TcpDriver):
    def tell_closed(self, _: object) -> None:
        self.told_closed = True


class SecondReceiveReplacesTheFirst(TcpDriver):
    tables = edited(
        TcpDriver.tables,
        Edit((TAKEN,), "ask", "", (Instead(("number_request", "take_slot", "read_for_it", "begin_its_time")),)),
    )


class ActiveSocketMayReceive(TcpDriver):
    tables = edited(TcpDriver.tables, Edit((CONNECTED,), "receive", "is_active", ()))


class CloseForgetsTheReceiver(TcpDriver):
    def answer_closed(self, _: object) -> None:
        if not self.port.closed:
            super().answer_closed(_)


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
