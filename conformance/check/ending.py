"""Exchanges about how a program begins and ends; each takes one of its own."""

from __future__ import annotations

from gen_tck.conformance.check.breaches import Broken
from gen_tck.conformance.check.conversation import Conversation
from gen_tck.conformance.check.exchange import Exchange, exchange

SHAKES_HANDS = Exchange(
    "shakes-hands",
    "The program speaks first",
    "send one line first, and flush it: the fields of the table, and the token if GEN_TCK_TOKEN has one;"
    " claim profiles that the protocol lists",
    lambda talk: None,
    (),
    quick=True,
)
"""What has been played when there is somebody to talk to."""
CLAIMS_THE_SAME = Exchange(
    "claims-the-same-again",
    "A program that is started again claims the same profiles and calls as before.",
    "let the handshake depend on nothing that may change from one start to the next",
    lambda talk: None,
    (),
    quick=False,
)
"""What is played by starting a second program."""


@exchange(
    "stop-ends-the-program",
    says="none: the connection closes and the program ends",
    mend="end the whole program at `stop`, without an answer",
    needs=(),
)
def stop_ends_the_program(talk: Conversation) -> None:
    talk.begin("stop")
    _see_it_end(talk, "it was asked to `stop`")


@exchange(
    "the-end-of-the-connection-ends-the-program",
    says="**When the connection closes, the program must end**, whatever",
    mend="end the whole program when a read finds the end of the connection, also while a call waits",
    needs=(),
)
def the_end_of_the_connection_ends_the_program(talk: Conversation) -> None:
    talk.node.client.channel.close()
    _see_it_end(talk, "its connection closed")


def _see_it_end(talk: Conversation, when: str) -> None:
    if talk.node.client.child.wait(talk.patience) is None:
        raise Broken(f"it still ran {talk.patience:g} s after {when}")
