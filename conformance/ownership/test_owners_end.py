"""What the end of the owner, of a former owner and of a stranger does to a socket."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import Inconclusive, Unexpected, describe, error, expect, ok, tcp
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.stall import FLOOD, is_timeout, slow, stalled, until_full
from gen_tck.spec.terms import Atom, Term


@clause("ownership/owners-end-closes-the-socket")
@pytest.mark.parametrize("reason", ["normal", "boom"])
def test_owner_exits_and_the_socket_lives(scenario: Scenario, reason: str) -> None:
    owner = scenario.process("owner")
    _, peer = scenario.connect(owner)
    peer.sees_nothing()
    owner.exits(reason)
    peer.sees_fin()


@clause("ownership/owners-end-closes-the-socket")
def test_owner_is_killed_and_the_socket_lives(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, peer = scenario.connect(owner, active=True)
    owner.kill()
    peer.sees_fin()


@clause("ownership/owners-end-closes-the-socket")
def test_owner_is_killed_in_a_receive_and_the_socket_lives(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    owner.begin.gen_tcp.recv(socket, 0).is_blocked()
    owner.kill()
    peer.sees_fin()


@clause("ownership/owners-end-closes-the-socket")
def test_owner_gets_an_exit_signal_and_the_socket_lives(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    _, peer = scenario.connect(owner)
    expect(stranger.erlang.exit(owner, "boom"), True)
    owner.is_ended()
    peer.sees_fin()


@clause("ownership/owners-end-closes-the-socket")
def test_owner_ends_through_a_link_and_the_socket_lives(scenario: Scenario) -> None:
    owner, partner = scenario.processes("owner", "partner")
    _, peer = scenario.connect(owner)
    expect(owner.erlang.link(partner), True)
    partner.exits("boom")
    owner.is_ended()
    peer.sees_fin()


@clause("ownership/normal-signal-leaves-the-owner-alone")
def test_normal_signal_ends_an_idle_owner(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner)
    expect(stranger.erlang.exit(owner, "normal"), True)
    owner.is_alive()
    peer.sees_nothing()
    expect(owner.gen_tcp.send(socket, b"hello"), ok())
    peer.receives(b"hello")


@clause("ownership/normal-signal-leaves-the-owner-alone")
def test_normal_signal_ends_an_owner_in_a_receive(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner)
    receiving = owner.begin.gen_tcp.recv(socket, 0)
    receiving.is_blocked()
    expect(stranger.erlang.exit(owner, "normal"), True)
    receiving.is_blocked()
    peer.send(b"hello")
    expect(receiving.result(), ok(b"hello"))


@clause("ownership/owners-end-closes-the-socket", "ownership/acceptor-owns-the-accepted-socket")
def test_acceptor_ends_and_its_socket_lives(scenario: Scenario) -> None:
    owner, acceptor = scenario.processes("owner", "acceptor")
    listener, port = scenario.listen(owner)
    _, peer = scenario.accept(acceptor, listener, port)
    acceptor.kill()
    peer.sees_fin()


def _orphan(scenario: Scenario) -> tuple[Term, RemotePeer]:
    """A passive socket that the end of its owner has closed, and its peer, which has seen that."""
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    owner.kill()
    peer.sees_fin()
    scenario.settle()
    return socket, peer


@clause("ownership/nobody-can-use-a-dead-owners-socket")
def test_send_on_a_dead_owners_socket_succeeds(scenario: Scenario) -> None:
    socket, _ = _orphan(scenario)
    expect(scenario.process("stranger").gen_tcp.send(socket, b"data"), error("closed"))


@clause("ownership/receiving-from-a-dead-owners-socket-fails")
def test_receive_from_a_dead_owners_socket_waits(scenario: Scenario) -> None:
    socket, _ = _orphan(scenario)
    received = scenario.process("stranger").gen_tcp.recv(socket, 0, 5000)
    scenario.varies(received, closed=error("closed"), einval=error("einval"))


@clause("ownership/asking-a-dead-owners-socket-fails")
def test_dead_owners_socket_has_options(scenario: Scenario) -> None:
    socket, _ = _orphan(scenario)
    asked = scenario.process("stranger").inet.getopts(socket, ["active"])
    scenario.varies(asked, einval=error("einval"), closed=error("closed"))


@clause("ownership/asking-while-a-dead-owners-output-is-sent")
def test_closing_socket_answers_by_halves(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    stall = stalled(scenario, owner)
    owner.kill()
    scenario.settle()
    asked = (
        stranger.inet.getopts(stall.socket, ["active"]),
        stranger.inet.setopts(stall.socket, [("active", "once")]),
        stranger.inet.getopts(stall.socket, ["active"]),
    )
    answers = (ok([("active", False)]), ok(), ok([("active", "once")]))
    scenario.varies(asked, answers=answers, einval=(error("einval"),) * 3, closed=(error("closed"),) * 3)


@clause("ownership/unread-data-turns-the-end-into-a-reset")
def test_unread_data_goes_unnoticed(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    _, peer = scenario.connect(owner)
    peer.send(b"unread")
    owner.kill()
    peer.sees_reset()


@clause("ownership/delivered-data-needs-no-reset")
def test_unread_messages_make_a_reset(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.send(b"delivered")
    owner.holds(tcp(socket, b"delivered"))
    owner.kill()
    peer.sees_fin()


@clause("ownership/sent-data-outlives-the-owner")
def test_last_words_are_lost(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.send(socket, b"last words"), ok())
    owner.kill()
    peer.receives(b"last words")
    peer.sees_fin()


def _dies_with_output(scenario: Scenario, mode: object) -> tuple[RemotePeer, bytes]:
    """The peer of a socket whose owner has ended with output that waits for room; what its sends had accepted."""
    owner = scenario.process("owner")
    socket, peer = slow(scenario, owner, send_timeout=1, active=mode)
    # Small blocks, until the peer's not reading stops them: whoever queues output has queued some by then.
    count, refusal = until_full(owner, socket, FLOOD[:2000])
    if not is_timeout(refusal):
        raise Inconclusive(f"no send timed out, but one returned {describe(refusal)}")
    owner.kill()
    return peer, FLOOD[:2000] * count


@clause("ownership/sent-data-outlives-the-owner")
@pytest.mark.parametrize("mode", [False, True], ids=["passive", "active"])
def test_queued_data_is_lost(scenario: Scenario, mode: bool) -> None:
    peer, accepted = _dies_with_output(scenario, mode)
    read, _ = peer.reads_to_the_end()
    expect(read[: len(accepted)], accepted, "what came of the accepted bytes")


@clause("ownership/peers-end-under-a-dead-owners-output")
@pytest.mark.parametrize("mode", [False, True], ids=["passive", "active"])
def test_peers_end_cuts_a_dead_owners_output(scenario: Scenario, mode: bool) -> None:
    peer, accepted = _dies_with_output(scenario, mode)
    scenario.settle()
    peer.finish()
    scenario.settle()
    read, end = peer.reads_to_the_end()
    if end != "fin":
        raise Unexpected("the stream to end with a FIN", f"a {end}")
    read = read[: len(accepted)]
    expect(read, accepted[: len(read)], "what came of the accepted bytes")
    came_of_it = Atom("sent" if read == accepted else "dropped")
    if mode is False:
        expect(came_of_it, "sent", "what became of a passive socket's output")
    else:
        scenario.varies(came_of_it, sent="sent", dropped="dropped")


@clause("ownership/former-owners-end-changes-nothing")
@pytest.mark.parametrize("mode", [False, True], ids=["passive", "active"])
def test_former_owners_end_closes_the_socket(scenario: Scenario, mode: bool) -> None:
    owner, new_owner = scenario.processes("owner", "new owner")
    socket, peer = scenario.connect(owner, active=mode)
    owner.gen_tcp.controlling_process(socket, new_owner)
    owner.kill()
    peer.sees_nothing()
    expect(new_owner.gen_tcp.send(socket, b"still here"), ok())
    peer.receives(b"still here")


@clause("ownership/owners-end-counts-after-a-transfer-to-itself")
def test_transfer_to_oneself_lets_go(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.controlling_process(socket, owner), ok())
    owner.exits("normal")
    peer.sees_fin()


@clause("ownership/strangers-end-changes-nothing")
def test_strangers_end_closes_the_socket(scenario: Scenario) -> None:
    owner, stranger = scenario.processes("owner", "stranger")
    socket, peer = scenario.connect(owner)
    peer.send(b"for the stranger")
    expect(stranger.gen_tcp.recv(socket, 0), ok(b"for the stranger"))
    expect(stranger.gen_tcp.send(socket, b"from the stranger"), ok())
    peer.receives(b"from the stranger")
    stranger.kill()
    peer.sees_nothing()
    expect(owner.gen_tcp.send(socket, b"still here"), ok())
    peer.receives(b"still here")


@clause("ownership/owners-end-releases-receivers")
def test_receiver_waits_for_a_dead_owner(scenario: Scenario) -> None:
    owner, receiver = scenario.processes("owner", "receiver")
    socket, _ = scenario.connect(owner)
    receiving = receiver.begin.gen_tcp.recv(socket, 0)
    receiving.is_blocked()
    owner.kill()
    expect(receiving.result(), error("closed"))


@clause("ownership/dead-owners-output-holds-no-receiver")
def test_receiver_waits_for_a_dead_owners_output(scenario: Scenario) -> None:
    owner, receiver = scenario.processes("owner", "receiver")
    stall = stalled(scenario, owner)
    receiving = receiver.begin.gen_tcp.recv(stall.socket, 0)
    receiving.is_blocked()
    owner.kill()
    expect(receiving.result(), error("closed"))


@clause("ownership/owners-end-releases-senders")
def test_sender_waits_for_a_dead_owner(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    stall = stalled(scenario, owner)
    owner.kill()
    scenario.varies(stall.blocked.result(), closed=error("closed"), einval=error("einval"))


@clause("ownership/owners-end-releases-the-senders-behind")
def test_senders_behind_wait_for_a_dead_owner(scenario: Scenario) -> None:
    owner, second, third = scenario.processes("owner", "second", "third")
    stall = stalled(scenario, owner)
    behind = [each.begin.gen_tcp.send(stall.socket, b"data") for each in (second, third)]
    for each in behind:
        each.is_blocked()
    owner.kill()
    first, last = [each.result() for each in behind]
    scenario.varies(first, einval=error("einval"), closed=error("closed"))
    expect(last, first)
