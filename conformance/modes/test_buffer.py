"""How much one message or one receive may carry."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unexpected, binary, describe, expect, integer, ok, tcp, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.modes.steps import at_most, chunks, mode_is, only_chunk, option, set_mode
from gen_tck.spec.terms import Term


def expect_at_least(size: int, owner: Actor, socket: Term) -> None:
    """Expect the option ``buffer`` to be ``size`` bytes or more."""
    seen = option(owner, socket, "buffer")
    if not (isinstance(seen, int) and seen >= size):
        raise Unexpected(f"a buffer of {size} bytes or more", describe(seen), "inet:getopts")


@clause("modes/buffer-bounds-a-message")
def test_message_is_larger_than_the_buffer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, buffer=100)
    data = bytes(range(200)) * 10
    peer.send(data)
    found = chunks(owner, socket, len(data))
    expect(b"".join(found), data)
    at_most(100, found, "messages")


@clause("modes/buffer-bounds-a-message", "modes/once-delivers-one-message")
def test_once_delivers_more_than_the_buffer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, buffer=100)
    data = bytes(range(200))
    peer.send(data)
    set_mode(owner, socket, "once")
    first = only_chunk(owner, socket)
    at_most(100, [first], "a message")
    expect(owner.gen_tcp.recv(socket, 200 - len(first), 5000), ok(data[len(first) :]))


@clause("modes/buffer-bounds-a-message")
def test_message_is_larger_than_the_default_buffer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False)
    size = integer(option(owner, socket, "buffer"), "inet:getopts")
    peer.pour(bytes(size + 1))
    set_mode(owner, socket, "once")
    first = only_chunk(owner, socket)
    at_most(size, [first], "a message")


@clause("modes/accepted-socket-inherits-options", "receiving/zero-gives-at-most-a-buffer")
def test_receive_gives_more_than_the_buffer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer, _ = scenario.accepted(owner, buffer=300)
    data = bytes(range(250)) * 4
    peer.send(data)
    parts: list[bytes] = []
    while sum(map(len, parts)) < len(data):
        parts.append(binary(value_of(owner.gen_tcp.recv(socket, 0, 5000)), "what a receive gives"))
        at_most(300, parts, "what a receive gives")
    expect(b"".join(parts), data)


@clause("modes/waiting-bytes-share-a-message")
def test_each_send_is_a_message(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False)
    for _ in range(10):
        peer.send(b"ab")
    set_mode(owner, socket, "once")
    owner.receives(tcp(socket, b"ab" * 10))
    mode_is(owner, socket, False)


@clause("modes/waiting-bytes-share-a-message")
def test_messages_are_smaller_than_the_buffer_allows(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=False, buffer=100)
    data = bytes(range(250)) * 2
    peer.send(data)
    set_mode(owner, socket, True)
    owner.receives(*[tcp(socket, data[start : start + 100]) for start in range(0, 500, 100)])


@clause("modes/recbuf-raises-the-buffer")
def test_recbuf_leaves_the_buffer_small(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, recbuf=20000)
    expect_at_least(20000, owner, socket)


@clause("modes/recbuf-raises-the-buffer")
def test_recbuf_set_later_leaves_the_buffer_small(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet.setopts(socket, [("recbuf", 50000)]), ok())
    expect_at_least(50000, owner, socket)


@clause("modes/explicit-buffer-is-kept")
def test_buffer_named_after_recbuf_is_overridden(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, recbuf=20000, buffer=1000)
    expect(option(owner, socket, "buffer"), 1000)


@clause("modes/explicit-buffer-is-kept")
def test_later_recbuf_overrides_the_buffer(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.inet.setopts(socket, [("buffer", 3000)]), ok())
    expect(owner.inet.setopts(socket, [("recbuf", 60000)]), ok())
    expect(option(owner, socket, "buffer"), 3000)


@clause("modes/buffer-named-before-recbuf")
def test_buffer_named_before_recbuf_gets_a_third_size(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner, buffer=1000, recbuf=20000)
    scenario.varies(option(owner, socket, "buffer"), kept=1000, raised=20000)


@clause("receiving/zero-gives-at-most-a-buffer")
@pytest.mark.parametrize("later", [False, True], ids=["at-creation", "later"])
def test_full_buffer_counts_as_more(scenario: Scenario, later: bool) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, buffer=20 if later else 10)
    if later:
        expect(owner.inet.setopts(socket, [("buffer", 10)]), ok())
    peer.send(b"0123456789")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"0123456789"))
    peer.send(b"0123456789A")
    expect(owner.gen_tcp.recv(socket, 0), ok(b"0123456789"))
    expect(owner.gen_tcp.recv(socket, 0), ok(b"A"))


@clause("modes/buffer-bounds-a-message")
def test_smaller_buffer_comes_too_late(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True, buffer=1000)
    peer.send(b"first")
    owner.receives(tcp(socket, b"first"))
    expect(owner.inet.setopts(socket, [("buffer", 100)]), ok())
    data = bytes(range(250))
    peer.send(data)
    found = chunks(owner, socket, len(data))
    expect(b"".join(found), data)
    at_most(100, found, "messages")
