"""Exchanges about lines: requests and answers, whatever they are about."""

from __future__ import annotations

from gen_tck.conformance.check.breaches import Broken
from gen_tck.conformance.check.conversation import Conversation, expect, expect_failed
from gen_tck.conformance.check.exchange import exchange
from gen_tck.spec.terms import Atom

KILL = Atom("kill")
_FAR = 2**40
"""So far apart can ids be."""
_TOGETHER = 20
"""Requests in one write."""
LONG = 1_000_000
"""Bytes of a long term."""


@exchange(
    "answers-each-request-once",
    says="It is answered by exactly one line with that `id`.",
    mend="write one line for each request but `stop`, with its id, and the field that the table of requests names",
    needs=(),
    quick=True,
)
def answers_each_request_once(talk: Conversation) -> None:
    first, second = talk.spawn(), talk.spawn()
    talk.status(first)
    talk.mailbox(first)
    talk.take(first, 0)
    talk.exit(second, KILL)
    talk.settle()
    talk.status(first)  # whatever was answered twice has come by now


@exchange(
    "takes-any-id",
    says="A request has an `id` (an integer) and says what to `do`.",
    mend="give the id back as it came: it may have over 32 bits, and need not follow on the one before",
    quick=True,
)
def takes_any_id(talk: Conversation) -> None:
    for number in (_FAR + talk.new_id(), 2 * _FAR + talk.new_id()):
        talk.write(talk.line("settle", number))
        talk.answer(number, f"request {number}")


@exchange(
    "takes-requests-together",
    says="a request does not wait for the answer to the one before",
    mend="split what arrives at its newlines, and answer every line of it: one read may bring many",
    quick=True,
)
def takes_requests_together(talk: Conversation) -> None:
    process = talk.spawn()
    numbers = [talk.new_id() for _ in range(_TOGETHER)]
    talk.write(b"".join([talk.line("status", each, process=process) for each in numbers]))
    for each in numbers:
        talk.answer(each, f"one of {_TOGETHER} requests that came together")


@exchange(
    "takes-a-request-in-pieces",
    says="one JSON object each, in UTF-8, ended by a newline",
    mend="keep what has no newline yet: the rest of the line comes with the next read",
)
def takes_a_request_in_pieces(talk: Conversation) -> None:
    number = talk.new_id()
    line = talk.line("settle", number)
    for piece in (line[:3], line[3:-1], line[-1:]):
        talk.write(piece)
        talk.pump(0.02)
    talk.answer(number, "a request that came in three pieces")


@exchange(
    "takes-long-lines",
    says="| `line`              | 67,108,864    | bytes of any other line",
    mend="let no buffer bound a line: read until the newline, and write until all is sent",
    needs=("exit-1-ends-with-its-reason", "takes-a-request-in-pieces", "binaries-there-and-back"),
)
def takes_long_lines(talk: Conversation) -> None:
    data = b"x" * LONG
    answer = talk.call(talk.spawn(), "erlang.exit/1", data)
    if talk.term(answer.ended) != data:
        raise Broken(f"a binary of {LONG} bytes did not come back as it was")


@exchange(
    "an-unknown-request-fails",
    says='is answered `{"id": 7, "failed": "why, in one line"}`',
    mend="answer `failed` to a request that you do not know, and go on: a later version of the kit may make one",
    quick=True,
)
def an_unknown_request_fails(talk: Conversation) -> None:
    expect_failed(talk.ask("dance"), "the request `dance`, which there is none of,")
    expect(talk.status(talk.spawn()), "idle", "the status of a process after that")
