"""The calls of this chapter come back, each in the simplest situation there is for it."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unexpected, describe, expect, ok, raised, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.modes.steps import bare_listener
from gen_tck.spec.terms import Atom, Map, Reference, Term


def connected(scenario: Scenario, owner: Actor) -> Term:
    """A socket for which no option was named."""
    return value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), []))


def is_address(result: object) -> None:
    """Expect ``{ok, {Address, Port}}``."""
    address = value_of(result)
    if not (isinstance(address, tuple) and len(address) == 2 and address[0] == LOOPBACK):
        raise Unexpected("{ok,{{127,0,0,1},Port}}", describe(result))


@clause("ownership/connect-answers")
def test_connect_gives_no_socket(scenario: Scenario) -> None:
    value_of(scenario.process("owner").gen_tcp.connect(LOOPBACK, scenario.port(), []))


@clause("ownership/errors-are-atoms")
def test_reason_of_an_error_is_no_atom(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.finish()
    match owner.gen_tcp.recv(socket, 0):
        case (Atom(name="error"), Atom()):
            pass
        case result:
            raise Unexpected("{error,Reason} with an atom", describe(result))


@clause("ownership/connect-with-a-timeout-answers")
def test_connect_with_a_timeout_gives_no_socket(scenario: Scenario) -> None:
    value_of(scenario.process("owner").gen_tcp.connect(LOOPBACK, scenario.port(), [], 5000))


@clause("ownership/listen-answers")
def test_listen_gives_no_socket(scenario: Scenario) -> None:
    value_of(scenario.process("owner").gen_tcp.listen(0, [("ip", LOOPBACK)]))


@clause("ownership/port-answers")
def test_listener_has_no_port_number(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    number = value_of(owner.inet.port(value_of(owner.gen_tcp.listen(0, [("ip", LOOPBACK)]))))
    if not (isinstance(number, int) and 0 < number < 65536):
        raise Unexpected("{ok,Port}", describe(number))


@clause("ownership/accept-answers")
def test_accept_gives_no_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = bare_listener(owner)
    scenario.dial(port)
    value_of(owner.gen_tcp.accept(listener))


@clause("ownership/accept-with-a-timeout-answers")
def test_accept_with_a_timeout_gives_no_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, port = bare_listener(owner)
    scenario.dial(port)
    value_of(owner.gen_tcp.accept(listener, 5000))


@clause("ownership/controlling-process-answers")
def test_controlling_process_does_not_return_ok(scenario: Scenario) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    expect(owner.gen_tcp.controlling_process(connected(scenario, owner), new_owner), ok())


@clause("ownership/sockname-answers")
def test_socket_has_no_local_address(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    is_address(owner.inet.sockname(connected(scenario, owner)))


@clause("ownership/peername-answers")
def test_socket_has_no_remote_address(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    is_address(owner.inet.peername(connected(scenario, owner)))


@clause("ownership/info-answers")
def test_info_is_no_description(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    info = owner.inet.info(connected(scenario, owner))
    if not (isinstance(info, Map) and Atom("owner") in info.pairs):
        raise Unexpected("a map with the key owner", describe(info))


@clause("ownership/monitor-answers")
def test_monitor_gives_no_reference(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    watch = owner.inet.monitor(connected(scenario, owner))
    if not isinstance(watch, Reference):
        raise Unexpected("a reference", describe(watch))


@clause("ownership/monitor-takes-only-sockets")
@pytest.mark.parametrize("what", ["foo", 7, b"", ()], ids=["atom", "number", "binary", "tuple"])
def test_monitor_takes_what_is_no_socket(scenario: Scenario, what: object) -> None:
    owner = scenario.process("owner")
    expect(owner.inet.monitor(what), raised("error", "badarg"))


@clause("ownership/cancel-monitor-answers")
def test_cancel_monitor_does_not_return_true(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.inet.cancel_monitor(owner.inet.monitor(connected(scenario, owner))), True)


@clause("ownership/wrong-arguments-of-processes-raise")
@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("link", [7]),
        ("unlink", [7]),
        ("demonitor", [7]),
        ("monitor", ["foo", 7]),
        ("process_flag", ["trap_exit", 7]),
        ("process_flag", ["foo_bar", True]),
        ("send", [7, "hello"]),
        ("exit", [7, "boom"]),
    ],
    ids=["link", "unlink", "demonitor", "monitor", "value-of-a-flag", "flag", "send", "exit"],
)
def test_wrong_argument_is_taken(scenario: Scenario, function: str, arguments: list[object]) -> None:
    owner = scenario.process("owner")
    expect(getattr(owner.erlang, function)(*arguments), raised("error", "badarg"))
