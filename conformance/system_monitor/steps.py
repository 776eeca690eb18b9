"""What the tests of this chapter do and look at again and again."""

from __future__ import annotations

from collections.abc import Sequence

from gen_tck.adapters.interface import Raised
from gen_tck.conformance.harness.actor import Actor, Pending
from gen_tck.conformance.harness.expect import Inconclusive, describe, expect
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.port_command.busy import Busy, busy
from gen_tck.spec.terms import Atom, List, Term

UNDEFINED = Atom("undefined")
BUSY_PORT = ["busy_port"]


def watched(scenario: Scenario, *names: str) -> tuple[Busy, Actor, list[Actor]]:
    """A busy port, a process that monitors such ports, and processes with these names."""
    monitor, *others = scenario.processes("monitor", *names)
    port = busy(scenario, scenario.process("owner"))
    watch(monitor)
    return port, monitor, others


def suspended(writer: Actor, socket: Term, data: bytes = b"x") -> Pending:
    """``writer`` calls ``erlang:port_command`` and is suspended by the busy port."""
    command: Pending = writer.begin.erlang.port_command(socket, data)
    writer.is_suspended()
    return command


def told(writer: Actor, socket: Term) -> tuple[object, ...]:
    """The message that ``writer`` is suspended."""
    return ("monitor", writer.pid, "busy_port", socket)


def watch(monitor: Actor, *options: object) -> None:
    """``monitor`` makes itself the system monitor, of ``busy_port`` or with these options."""
    result = monitor.erlang.system_monitor(monitor, list(options) or BUSY_PORT)
    if isinstance(result, Raised):
        raise Inconclusive(f"the monitor could not be set: {describe(result)}")


def is_told_first(monitor: Actor, message: object) -> None:
    """Expect ``message`` as the first thing that ``monitor`` is told, and end it: what may follow is not looked at."""
    waits = monitor.waits
    waits.wait_for(lambda: bool(monitor.mailbox()), "a message", "no message", monitor.messages)
    expect(List(monitor.mailbox()[:1]), [message], f"the first message to {monitor.name}")
    monitor.kill()


def is_told_of(monitor: Actor, process: Actor, *messages: object) -> None:
    """Expect that ``messages`` are, or become, all that ``monitor`` has been told of ``process``."""

    def told() -> List:
        return List(each for each in monitor.mailbox() if isinstance(each, tuple) and each[1:2] == (process.pid,))

    monitor.waits.wait_while(lambda: len(told()) < len(messages))
    expect(told(), list(messages), f"messages to {monitor.name} about {process.name}")


def is_set(reader: Actor, monitor: Actor, options: Sequence[object]) -> None:
    """Expect that the settings are ``{Monitor, Options}``."""
    expect(reader.erlang.system_monitor(), (monitor.pid, options))


def is_unset(reader: Actor) -> None:
    """Expect that the settings are ``undefined``."""
    expect(reader.erlang.system_monitor(), UNDEFINED)
