"""Steps that the tests of this chapter share."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import (
    Unexpected,
    data_in,
    describe,
    elements,
    expect,
    fields,
    ok,
    only,
    port_number,
    value_of,
)
from gen_tck.conformance.harness.scenario import LOOPBACK
from gen_tck.spec.terms import Term, term


def packets(bodies: bytes) -> bytes:
    """What a peer sends for one-byte packets with ``{packet, 1}``: ``packets(b"ab")`` is two packets."""
    return b"".join(bytes([1, each]) for each in bodies)


def option(owner: Actor, socket: Term, name: str) -> Term:
    """The value of one option as ``inet:getopts`` gives it."""
    where = f"inet:getopts by {owner.name}"
    options = elements(value_of(owner.inet.getopts(socket, [name]), where), where)
    found, value = fields(only(options, where, "option"), 2, where)
    expect(found, name, where)
    return value


def mode_is(owner: Actor, socket: Term, mode: object) -> None:
    """Expect the option ``active`` to be ``mode``."""
    expect(owner.inet.getopts(socket, ["active"]), ok([("active", mode)]), "the mode")


def set_mode(owner: Actor, socket: Term, mode: object) -> None:
    """Set the option ``active``; expect ``ok``."""
    expect(owner.inet.setopts(socket, [("active", mode)]), ok(), f"setting {{active, {describe(term(mode))}}}")


def chunks(owner: Actor, socket: Term, count: int) -> list[bytes]:
    """Wait until the mailbox has data messages with ``count`` bytes or more, take all of them out, give their data."""
    seen: tuple[object, ...] = ()

    def enough() -> bool:
        nonlocal seen
        seen = owner.mailbox()
        return sum(len(each) for each in _data(seen, socket)) >= count

    waited = owner.waits.wait(enough, lambda: len(seen))
    if not waited.met:
        came = f"{sum(map(len, _data(seen, socket)))} bytes in {len(seen)} messages"
        owner.waits.accuse(waited, f"data messages with {count} bytes", came, owner.messages)
    found = _data(seen, socket)
    if len(found) != len(seen) or sum(map(len, found)) < count:
        raise Unexpected(
            f"data messages with {count} bytes",
            f"{sum(map(len, found))} bytes in {len(found)} of {len(seen)} messages",
            owner.messages,
        )
    owner.process.take(len(seen))
    return found


def counted(owner: Actor, socket: Term, count: int) -> list[bytes]:
    """Wait for ``count`` data messages, take out all messages that came, and give the data of these; other messages,
    such as the notice that a count is used up, are another clause's affair."""
    seen: tuple[object, ...] = ()

    def there() -> bool:
        nonlocal seen
        seen = owner.mailbox()
        return len(_data(seen, socket)) >= count

    waited = owner.waits.wait(there, lambda: len(seen))
    if not waited.met:
        came = f"{len(_data(seen, socket))} of them"
        owner.waits.accuse(waited, f"{count} data messages", came, owner.messages)
    owner.waits.settle()
    seen = owner.mailbox()
    owner.process.take(len(seen))
    return _data(seen, socket)


def only_chunk(owner: Actor, socket: Term) -> bytes:
    """Wait for data, and expect exactly one message of it: its data."""
    found = chunks(owner, socket, 1)
    if len(found) != 1:
        raise Unexpected("one data message", f"{len(found)} of them", owner.messages)
    return found[0]


def _data(messages: tuple[object, ...], socket: Term) -> list[bytes]:
    return [data for each in messages if (data := data_in(each, socket)) is not None]


def at_most(size: int, parts: list[bytes], what: str) -> None:
    """Expect none of ``parts`` to be empty or longer than ``size`` bytes; ``what`` they are, for the message."""
    wrong = [len(each) for each in parts if not 0 < len(each) <= size]
    if wrong:
        raise Unexpected(f"{what} of 1 to {size} bytes", f"{what} of {wrong[0]} bytes")


def bare_listener(owner: Actor) -> tuple[Term, int]:
    """A listener with no option but its address, and its port number."""
    listener = value_of(owner.gen_tcp.listen(0, [("ip", LOOPBACK)]))
    return listener, port_number(value_of(owner.inet.port(listener)), "inet:port/1")
