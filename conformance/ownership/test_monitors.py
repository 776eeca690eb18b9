"""What processes that monitor a socket hear of its end."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import expect, fields, ok, one_of, only, returned, tcp_closed, tcp_error
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom, Term, term


def _down(reference: Term, kind: str, socket: Term, reason: str) -> Term:
    return (Atom("DOWN"), reference, Atom(kind), socket, Atom(reason))


def _monitor(watcher: Actor, socket: Term) -> Term:
    """``watcher`` monitors the socket: the reference."""
    return returned(watcher.inet.monitor(socket), "inet:monitor/1")


def _hears(scenario: Scenario, watcher: Actor, **variants: Term) -> str:
    """Wait for the one message that is one of ``variants``, take it, and give the variant's name."""
    watcher.holds(one_of(*variants.values()))
    seen = only(watcher.mailbox())
    watcher.receives(seen)
    return scenario.varies(seen, **variants)


@clause("ownership/monitor-tells-of-the-close")
def test_close_escapes_a_strangers_monitor(scenario: Scenario) -> None:
    owner, watcher = scenario.processes("owner", "watcher")
    socket, _ = scenario.connect(owner)
    reference = _monitor(watcher, socket)
    watcher.receives_nothing()
    expect(owner.gen_tcp.close(socket), ok())
    port, other = _down(reference, "port", socket, "normal"), _down(reference, "socket", socket, "closed")
    _hears(scenario, watcher, port=port, socket=other)


@clause("ownership/monitor-tells-of-the-close")
def test_close_escapes_the_owners_monitors(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, _ = scenario.connect(owner)
    references = [_monitor(owner, socket) for _ in range(2)]
    expect(stranger.gen_tcp.close(socket), ok())
    ports = [_down(each, "port", socket, "normal") for each in references]
    others = [_down(each, "socket", socket, "closed") for each in references]
    owner.holds(*[one_of(*ports, *others)] * 2)
    # The monitors of one process fire in no particular order.
    seen = owner.mailbox()
    owner.receives(*seen)
    heard = sorted(seen, key=lambda message: references.index(fields(message, 5)[1]))
    scenario.varies(term(heard), port=ports, socket=others)


@clause("ownership/monitor-tells-of-the-owners-end")
def test_owners_end_escapes_a_monitor(scenario: Scenario) -> None:
    owner, watcher = scenario.processes("owner", "watcher")
    socket, _ = scenario.connect(owner)
    reference = _monitor(watcher, socket)
    owner.exits("boom")
    port, other = _down(reference, "port", socket, "boom"), _down(reference, "socket", socket, "closed")
    _hears(scenario, watcher, port=port, socket=other)


@clause("ownership/monitor-tells-of-the-peers-end")
def test_peers_end_escapes_a_monitor(scenario: Scenario) -> None:
    owner, watcher = scenario.processes("owner", "watcher")
    socket, peer = scenario.connect(owner, active=True)
    reference = _monitor(watcher, socket)
    peer.close()
    owner.receives(tcp_closed(socket))
    port, other = _down(reference, "port", socket, "normal"), _down(reference, "socket", socket, "closed")
    _hears(scenario, watcher, port=port, socket=other)


@clause("ownership/monitor-tells-of-a-shown-reset")
def test_reset_escapes_a_monitor(scenario: Scenario) -> None:
    owner, watcher = scenario.processes("owner", "watcher")
    socket, peer = scenario.connect(owner, active=True, show_econnreset=True)
    reference = _monitor(watcher, socket)
    peer.reset()
    owner.receives(tcp_error(socket, "econnreset"), tcp_closed(socket))
    named, closed = _down(reference, "port", socket, "econnreset"), _down(reference, "socket", socket, "closed")
    _hears(scenario, watcher, named=named, closed=closed)


@clause("ownership/monitor-of-a-closed-socket-fires-at-once")
def test_monitor_of_a_closed_socket_waits(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    owner.gen_tcp.close(socket)
    reference = _monitor(owner, socket)
    noproc, nosock = _down(reference, "port", socket, "noproc"), _down(reference, "socket", socket, "nosock")
    _hears(scenario, owner, noproc=noproc, nosock=nosock)


@clause("ownership/cancelled-monitor-never-fires")
def test_cancelled_monitor_fires(scenario: Scenario) -> None:
    owner, watcher = scenario.processes("owner", "watcher")
    socket, _ = scenario.connect(owner)
    expect(watcher.inet.cancel_monitor(_monitor(watcher, socket)), True)
    owner.gen_tcp.close(socket)
    watcher.receives_nothing()


@clause("ownership/monitor-can-be-cancelled-once")
def test_monitor_is_cancelled_twice(scenario: Scenario) -> None:
    owner, watcher = scenario.processes("owner", "watcher")
    socket, _ = scenario.connect(owner)
    reference = _monitor(watcher, socket)
    expect(watcher.inet.cancel_monitor(reference), True)
    expect(watcher.inet.cancel_monitor(reference), False)


@clause("ownership/fired-monitor-is-over")
def test_fired_monitor_is_cancelled(scenario: Scenario) -> None:
    owner, watcher = scenario.processes("owner", "watcher")
    socket, _ = scenario.connect(owner)
    reference = _monitor(watcher, socket)
    owner.gen_tcp.close(socket)
    fired = one_of(_down(reference, "port", socket, "normal"), _down(reference, "socket", socket, "closed"))
    watcher.holds(fired)
    expect(watcher.inet.cancel_monitor(reference), False)
    watcher.receives(fired)


@clause("ownership/cancelling-leaves-other-monitors")
def test_all_monitors_are_cancelled_at_once(scenario: Scenario) -> None:
    owner, watcher, other = scenario.processes("owner", "watcher", "other")
    socket, _ = scenario.connect(owner)
    cancelled, kept, others = _monitor(watcher, socket), _monitor(watcher, socket), _monitor(other, socket)
    expect(watcher.inet.cancel_monitor(cancelled), True)
    owner.gen_tcp.close(socket)
    for process, reference in ((watcher, kept), (other, others)):
        process.receives(
            one_of(_down(reference, "port", socket, "normal"), _down(reference, "socket", socket, "closed"))
        )
