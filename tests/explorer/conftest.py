"""Faults to plant in the reference, each an implementation that is wrong in one way, and the machine's own Erlang."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gen_tck.adapters.beam import open_otp
from gen_tck.adapters.child import ChildNode
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.models.departures import model


@pytest.fixture(scope="module")
def otp(erl: str) -> Iterator[ChildNode]:
    """A node of the machine's own Erlang."""
    node = open_otp("inet", erl)
    yield node
    node.close()


def planted(*names: str) -> type[TcpDriver]:
    """The driver with planted faults."""
    return model([f"planted/{name}" for name in names]).driver


EndIsNotTold = planted("end-is-not-told")
OnceStaysArmed = planted("once-is-never-spent")
PassiveAfterNIsSilent = planted("passive-after-n-is-silent")

FAULTS = (
    planted("owners-death-does-not-close"),
    OnceStaysArmed,
    PassiveAfterNIsSilent,
    planted("timeout-loses-bytes"),
    EndIsNotTold,
    planted("second-receive-replaces-the-first"),
    planted("active-socket-may-receive"),
    planted("close-forgets-the-receiver"),
    planted("end-is-told-as-a-reset"),
    planted("replies-to-the-owner"),
)
