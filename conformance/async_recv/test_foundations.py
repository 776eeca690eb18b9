"""The calls of this chapter come back, each in the simplest situation there is for it."""

from __future__ import annotations

from gen_tck.conformance.harness.expect import expect, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.modes.steps import bare_listener


@clause("async_recv/async-recv-answers")
def test_async_recv_gives_no_reference(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    value_of(owner.prim_inet.async_recv(socket, 0, -1))


@clause("async_recv/async-accept-answers")
def test_async_accept_gives_no_reference(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = bare_listener(owner)
    value_of(owner.prim_inet.async_accept(listener, -1))


@clause("async_recv/unrecv-answers")
def test_prim_inet_unrecv_does_not_return_ok(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.prim_inet.unrecv(socket, b"a"), ok())


@clause("async_recv/register-socket-answers")
def test_register_socket_does_not_return_true(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet_db.register_socket(socket, "inet_tcp"), "true")


@clause("async_recv/unregister-socket-answers")
def test_unregister_socket_does_not_return_ok(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet_db.unregister_socket(socket), ok())


@clause("async_recv/getopts-answers")
def test_prim_inet_getopts_gives_no_option(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.prim_inet.getopts(socket, ["active"]), ok([("active", False)]))


@clause("async_recv/setopts-answers")
def test_prim_inet_setopts_does_not_return_ok(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.prim_inet.setopts(socket, [("active", False)]), ok())


@clause("async_recv/send-answers")
def test_prim_inet_send_sends_nothing(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.prim_inet.send(socket, b"hello"), ok())
    peer.receives(b"hello")


@clause("async_recv/recv-answers")
def test_prim_inet_recv_gives_nothing(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    receiving = owner.begin.prim_inet.recv(socket, 5, "infinity")
    peer.send(b"hello")
    expect(receiving.result(), ok(b"hello"))


@clause("async_recv/close-answers")
def test_prim_inet_close_leaves_the_socket_open(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.prim_inet.close(socket), ok())
    peer.sees_end()
