"""How much a stalled peer reads at once: so much that nothing follows which depends on the kernel's buffers.

What is not read of a great lot is either all but a bit of it, of which most is queued, as a kernel has not got room for
half of it, or so little that the kernel takes it all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gen_tck.conformance.explorer.script.offer import Feature, Features
from gen_tck.conformance.explorer.script.script import BULK_SIZE, GREAT_LOT, Call, Exit, Peer, Script, Setting, Step
from gen_tck.spec.terms import Atom, List, Term, term

__all__ = ["PORT_COMMAND", "is_certain", "parts", "without_parts"]

PORT_COMMAND = Feature("call", "erlang.port_command/2")
"""Sockets are ports, and have queues of their own for what the kernel does not take."""
_READING = (Atom("read"), Atom("read_write"))
_DELAYED, _STAYS_OPEN = term(("delay_send", True)), term(("exit_on_close", False))


def parts(packet: object) -> Iterator[tuple[int, float]]:
    """How much is read at once, and how often: a bit, all of what is sent most, all of a great lot."""
    header = packet if isinstance(packet, int) else 0
    yield 2, 0.7
    yield header + 3, 0.7
    yield header + BULK_SIZE, 1.5


def is_certain(script: Script, features: Features) -> bool:
    """Whether parts that are read leave so much as said above.

    They do not on a node whose sockets have no queues, if a send was broken off: how much of it the kernel had taken is
    the kernel's business. Nor do they where sends are delayed: of several callers that a port lets go one may find that
    sent which another has brought, or not. Nor where a port that stays open after the end may drop its queue then.
    """
    if not any(_is_great(each) for each in script.steps):
        return True
    if _DELAYED in script.setting.further or any(_sets(each, _DELAYED) for each in script.steps):
        return False
    stays_open = not script.setting.exit_on_close or any(_sets(each, _STAYS_OPEN) for each in script.steps)
    if stays_open and any(_ends_input(each, script.setting) for each in script.steps):
        return False
    return PORT_COMMAND in features or not (script.has_timeouts or any(_ends(each) for each in script.steps))


def _is_great(step: Step) -> bool:
    return type(step) is Peer and step.part >= GREAT_LOT


def _sets(step: Step, option: Term) -> bool:
    return (
        type(step) is Call and step.function == "setopts" and isinstance(step.args[1], List) and option in step.args[1]
    )


def _ends_input(step: Step, setting: Setting) -> bool:
    """Whether it may end what the socket reads: the end of the stream, a packet that is none, or this side's wish."""
    if type(step) is Call:
        return step.function == "shutdown" and step.args[1] in _READING
    return type(step) is Peer and (step.what == "fin" or (step.what == "send" and setting.packet != 0))


def _ends(step: Step) -> bool:
    """Whether it may end a process that sends."""
    return type(step) is Exit or (type(step) is Call and step.function == "exit")


def without_parts(setting: Setting, steps: Sequence[Step], features: Features) -> list[Step]:
    """``steps`` without those parts that are not certain."""
    certain = is_certain(Script(setting, tuple(steps)), features)
    return [each for each in steps if certain or not _is_great(each)]
