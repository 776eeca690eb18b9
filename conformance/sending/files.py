"""Files for a node to send: in a folder of its own, by a name that nobody else gives to any."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor, Pending
from gen_tck.conformance.harness.expect import Inconclusive, Unexpected, describe, expect, ok, value_of
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.stall import FLOOD, slow
from gen_tck.spec.terms import Term, string, term

NAME = string("my_file")
MISSING = string("my_missing_file")
DIGITS = b"0123456789"
LARGE = FLOOD * 8
"""No small buffers hold it."""
READING = ["read", "raw", "binary"]


def written(owner: Actor, data: bytes = DIGITS) -> Term:
    """The name of a file with ``data`` in it."""
    answer = owner.file.write_file(NAME, data)
    if answer != ok():
        raise Inconclusive(f"there is no file to send: file:write_file/2 answered {describe(answer)}")
    return NAME


def opened(owner: Actor, data: bytes = DIGITS) -> Term:
    """The same file, opened by ``owner`` to be read."""
    answer = owner.file.open(written(owner, data), READING)
    try:
        return value_of(answer)
    except Unexpected:
        raise Inconclusive(f"the file cannot be opened: file:open/2 answered {describe(answer)}") from None


def sent(owner: Actor, socket: Term, offset: object, length: object, *options: object) -> object:
    """What sending a part of the file gives."""
    return owner.file.sendfile(opened(owner), socket, offset, length, term(list(options)))


def held_up(scenario: Scenario, owner: Actor, **options: object) -> tuple[Term, RemotePeer, Pending]:
    """``owner`` is sending :data:`LARGE` to a peer that does not read."""
    socket, peer = slow(scenario, owner, **options)
    sending = owner.begin.file.sendfile(written(owner, LARGE), socket)
    if sending.has_returned():
        expect(sending.result(), ok(len(LARGE)))  # sooner than it is sent, no number is right
        raise Inconclusive(f"a file of {len(LARGE)} bytes was sent to a peer that does not read")
    return socket, peer, sending
