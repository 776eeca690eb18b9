"""What an active owner is told of a packet that breaks the framing: chapters share it."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unexpected, tcp_closed, tcp_error
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Term, show

# A failure is reported at the line of the test that expected something, not in here.
__tracebackhide__ = True


def reports(scenario: Scenario, owner: Actor, socket: Term, *before: Term) -> None:
    """Expect the messages ``before``, then the report of a bad packet. Whether it ends the connection is left open."""
    told = (*before, tcp_error(socket, "emsgsize"))
    if not scenario.wait_while(lambda: len(owner.mailbox()) < len(told)):
        raise Unexpected(messages(told), messages(owner.mailbox()), owner.messages)
    scenario.settle()  # it has told all there is to tell
    owner.receives(*told, *([tcp_closed(socket)] if tcp_closed(socket) in owner.mailbox() else []))


def messages(mailbox: tuple[Term, ...]) -> str:
    """Them, for people."""
    return ", ".join(show(each) for each in mailbox) or "no message"
