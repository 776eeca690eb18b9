"""A reset by the peer, hidden and shown."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, ok, one_of, tcp, tcp_closed, tcp_error
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Term

ANY_ERROR = one_of(error("closed"), error("enotconn"), error("einval"), error("econnreset"))


@clause("closing/hidden-reset-is-told-as-an-end")
@pytest.mark.parametrize("mode", [True, "once"])
def test_reset_is_shown_unasked(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=mode)
    peer.reset()
    owner.receives(tcp_closed(socket))


@clause("closing/hidden-reset-is-received-as-an-end")
def test_recv_shows_a_reset_unasked(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.reset()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    owner.receives_nothing()


@clause("closing/hidden-reset-is-received-as-an-end")
def test_blocked_recv_shows_a_reset_unasked(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    receiving = owner.begin.gen_tcp.recv(socket, 0)
    receiving.is_blocked()
    peer.reset()
    expect(receiving.result(), error("closed"))
    owner.receives_nothing()


@clause("closing/shown-reset-is-an-error-message")
@pytest.mark.parametrize("mode", [True, "once"])
def test_shown_reset_looks_like_the_end(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=mode, show_econnreset=True)
    peer.reset()
    owner.receives(tcp_error(socket, "econnreset"), tcp_closed(socket))


@clause("closing/shown-reset-is-an-error-message")
def test_discarding_peer_looks_like_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, show_econnreset=True)
    expect(owner.gen_tcp.send(socket, b"unread"), ok())
    scenario.settle()
    peer.close()
    owner.receives(tcp_error(socket, "econnreset"), tcp_closed(socket))


@clause("closing/shown-reset-is-a-recv-error")
def test_recv_takes_a_shown_reset_for_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    peer.reset()
    expect(owner.gen_tcp.recv(socket, 0), error("econnreset"))
    owner.receives_nothing()


@clause("closing/shown-reset-is-a-recv-error")
def test_blocked_recv_takes_a_shown_reset_for_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    receiving = owner.begin.gen_tcp.recv(socket, 0)
    receiving.is_blocked()
    peer.reset()
    expect(receiving.result(), error("econnreset"))


@clause("closing/reset-in-counted-mode")
def test_reset_is_shown_unasked_in_counted_mode(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=3)
    peer.reset()
    owner.receives(tcp_closed(socket))


@clause("closing/reset-in-counted-mode")
def test_shown_reset_looks_like_the_end_in_counted_mode(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=3, show_econnreset=True)
    peer.reset()
    owner.receives(tcp_error(socket, "econnreset"), tcp_closed(socket))


@clause("closing/recv-after-a-shown-reset")
def test_recv_waits_after_a_shown_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    peer.reset()
    expect(owner.gen_tcp.recv(socket, 0), error("econnreset"))
    scenario.settle()
    seen = owner.gen_tcp.recv(socket, 0)
    scenario.varies(seen, enotconn=error("enotconn"), closed=error("closed"), einval=error("einval"))


@clause("closing/send-after-a-shown-reset")
def test_send_is_told_of_a_reset_that_a_receive_was_told_of(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    peer.reset()
    expect(owner.gen_tcp.recv(socket, 0), error("econnreset"))
    scenario.settle()
    scenario.varies(owner.gen_tcp.send(socket, b"x"), enotconn=error("enotconn"), closed=error("closed"))


@clause("closing/data-before-a-reset-is-received-first")
def test_reset_takes_data_back_from_recv(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    peer.send(b"abc")
    peer.reset()
    expect(owner.gen_tcp.recv(socket, 0), ok(b"abc"))
    expect(owner.gen_tcp.recv(socket, 0), error("econnreset"))


@clause("closing/data-before-a-reset-is-told-first")
def test_reset_takes_data_back_from_an_active_owner(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    peer.send(b"abc")
    peer.reset()
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    owner.receives(tcp(socket, b"abc"), tcp_error(socket, "econnreset"), tcp_closed(socket))


@clause("closing/reset-drops-an-incomplete-read")
def test_reset_completes_a_read(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    peer.send(b"abc")
    peer.reset()
    expect(owner.gen_tcp.recv(socket, 5), error("econnreset"))
    expect(owner.gen_tcp.recv(socket, 0), ANY_ERROR)
    expect(owner.gen_tcp.recv(socket, 3), ANY_ERROR)


@clause("closing/reset-closes-a-half-open-socket")
def test_reset_leaves_a_socket_half_open(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, exit_on_close=False)
    peer.reset()
    owner.receives(tcp_closed(socket))
    scenario.settle()
    expect(owner.gen_tcp.send(socket, b"x"), error("closed"))
    expect(owner.gen_tcp.send(socket, b"y"), error("closed"))


def three_sends(owner: Actor, socket: Term) -> Term:
    return tuple(owner.gen_tcp.send(socket, b"x") for _ in range(3))


@clause("closing/sends-after-a-half-open-reset")
@pytest.mark.parametrize("mode", [True, False])
def test_half_open_socket_sends_after_a_reset(scenario: Scenario, mode: bool) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=mode, exit_on_close=False)
    peer.reset()
    if mode:
        owner.receives(tcp_closed(socket))
    else:
        expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    scenario.settle()
    closed, enotconn = error("closed"), error("enotconn")
    scenario.varies(three_sends(owner, socket), enotconn=(closed, closed, enotconn), closed=(closed, closed, closed))


@clause("closing/sends-after-a-half-open-reset")
@pytest.mark.parametrize("shut_down", [False, True])
def test_half_open_socket_sends_after_a_shown_reset(scenario: Scenario, shut_down: bool) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, exit_on_close=False, show_econnreset=True)
    peer.reset()
    expect(owner.gen_tcp.recv(socket, 0), error("econnreset"))
    if shut_down:
        expect(owner.gen_tcp.shutdown(socket, "write"), one_of(error("enotconn"), error("closed")))
    closed, enotconn, econnreset = error("closed"), error("enotconn"), error("econnreset")
    scenario.varies(
        three_sends(owner, socket),
        enotconn=(closed if shut_down else econnreset, enotconn, enotconn),
        closed=(closed, closed, closed),
        econnreset=(econnreset, closed, closed),
    )


@clause("closing/sends-after-a-half-open-reset")
def test_second_receive_changes_what_sends_are_told(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, exit_on_close=False, show_econnreset=True)
    peer.reset()
    expect(owner.gen_tcp.recv(socket, 0), error("econnreset"))
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    closed, enotconn, econnreset = error("closed"), error("enotconn"), error("econnreset")
    scenario.varies(
        three_sends(owner, socket),
        enotconn=(econnreset, econnreset, enotconn),
        closed=(closed, closed, closed),
        econnreset=(econnreset, closed, closed),
    )


@clause("closing/told-reset-is-not-told-again")
@pytest.mark.parametrize("exit_on_close", [True, False])
def test_reset_is_told_twice(scenario: Scenario, exit_on_close: bool) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, exit_on_close=exit_on_close, show_econnreset=True)
    peer.reset()
    expect(owner.gen_tcp.send(socket, b"x"), error("econnreset"))
    expect(owner.inet.setopts(socket, [("active", "once")]), ok())
    owner.receives(tcp_error(socket, "econnreset"), tcp_closed(socket))
    scenario.settle()
    expect(owner.gen_tcp.recv(socket, 0), one_of(error("closed"), error("einval")))
    owner.inet.setopts(socket, [("active", False)])
    owner.inet.setopts(socket, [("active", True)])
    owner.receives_nothing()


@clause("closing/recv-after-send-found-the-reset")
@pytest.mark.parametrize(("shown", "reason"), [(False, "closed"), (True, "econnreset")])
def test_send_takes_the_report_of_a_reset(scenario: Scenario, shown: bool, reason: str) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=shown)
    peer.reset()
    expect(owner.gen_tcp.send(socket, b"x"), error(reason))
    expect(owner.gen_tcp.recv(socket, 0), error(reason))


@clause("closing/reset-is-told-when-activated")
@pytest.mark.parametrize("mode", [True, "once"])
def test_unnoticed_reset_is_never_told(scenario: Scenario, mode: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.reset()
    expect(owner.inet.setopts(socket, [("active", mode)]), ok())
    owner.receives(tcp_closed(socket))


@clause("closing/reset-is-told-when-activated")
def test_unnoticed_reset_is_told_as_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    peer.reset()
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    owner.receives(tcp_error(socket, "econnreset"), tcp_closed(socket))


@clause("closing/reset-is-told-when-activated")
def test_reset_found_by_send_is_told_as_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    peer.reset()
    expect(owner.gen_tcp.send(socket, b"x"), error("econnreset"))
    expect(owner.inet.setopts(socket, [("active", True)]), ok())
    owner.receives(tcp_error(socket, "econnreset"), tcp_closed(socket))


@clause("closing/end-is-not-told-as-a-reset")
def test_end_is_shown_as_a_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, show_econnreset=True)
    peer.finish()
    owner.receives(tcp_closed(socket))


@clause("closing/end-is-not-received-as-a-reset")
def test_recv_shows_the_end_as_a_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, show_econnreset=True)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("closing/show-econnreset-may-be-set-later")
def test_late_show_econnreset_is_ignored(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    expect(owner.inet.setopts(socket, [("show_econnreset", True)]), ok())
    peer.reset()
    owner.receives(tcp_error(socket, "econnreset"), tcp_closed(socket))
