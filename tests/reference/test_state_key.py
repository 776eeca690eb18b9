"""The key of a state is made of all fields of a socket: what it forgets, a walk over the states does not tell apart."""

from __future__ import annotations

import inspect
import re

import pytest

from gen_tck.reference import gen_tcp
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.models.otp_inet import model
from gen_tck.reference.port import OpenPort
from gen_tck.reference.system import SimulatedSystem
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import List

ELSEWHERE = {"vm", "socket", "_references", "observer", "tables", "events", "name", "own", "received", "sent"}
"""The VM and the network have keys of their own; nothing depends on numbers of requests and on what is counted; and
some never change."""


async def listen(self: Process) -> None:
    await gen_tcp.listen(self, 0, List())
    await self.receive()


def _is_code(name: str, value: object) -> bool:
    """What a class has that is no field with its first value."""
    return name.startswith("__") or callable(value) or isinstance(value, (property, classmethod, staticmethod))


@pytest.mark.parametrize("kind", [TcpDriver, model(29).driver])
def test_field_is_forgotten(kind: type[TcpDriver]) -> None:
    system = SimulatedSystem(kind)
    system.spawn(listen)
    system.settle()
    (port,) = system.vm.ports.values()
    assert isinstance(port, OpenPort)
    assert isinstance(port.driver, kind)
    keys = [inspect.getsource(vars(each)["state_key"]) for each in kind.__mro__ if "state_key" in vars(each)]
    # Together in the key: the states, the mode as a term, and what departures have.
    together = {table.state for table in kind.tables} | {"packets_left", *kind.own}
    fields = {name for each in kind.__mro__ for name, value in vars(each).items() if not _is_code(name, value)}
    left_out = {name for name in {*vars(port.driver), *fields} if f"self.{name}" not in "".join(keys)}
    assert left_out - together <= ELSEWHERE
    assert {"tables", "active", "own"} <= set(re.findall(r"self\.(\w+)", "".join(keys)))
    hash(port.driver.state_key(str))
