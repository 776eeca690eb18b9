"""Exchanges about calls that do not come back at once: a process waits in ``gen_tcp:accept/2``."""

from __future__ import annotations

from msgspec import UNSET

from gen_tck.adapters.interface import Peer
from gen_tck.conformance.check.breaches import Broken, Skipped
from gen_tck.conformance.check.calls import ONE, send
from gen_tck.conformance.check.conversation import Conversation, described, expect
from gen_tck.conformance.check.exchange import exchange
from gen_tck.conformance.check.lines import KILL
from gen_tck.spec.terms import Atom, List, Term, term

_LISTEN, _ACCEPT, _PORT = "gen_tcp.listen/2", "gen_tcp.accept/2", "inet.port/1"
_INFINITY = Atom("infinity")
_MINUTE = 60_000
"""Milliseconds: longer than anything is waited for here."""
_SHORT = 100
"""Milliseconds: a call that times out while it is looked at."""
_WAITS = ("a-call-that-waits-blocks-nothing",)
_TIMES = 10
"""Messages of which none may come late."""


def _value(talk: Conversation, process: int, call: str, *args: Term) -> Term:
    """What is in the ``{ok, Value}`` that a call returns."""
    match talk.returned(talk.call(process, call, *args), call):
        case (Atom(name="ok"), value):
            return value
        case other:
            raise Skipped(f"it takes {call}, which returned {other}")


def listener(talk: Conversation, process: int) -> Term:
    """A listening socket of ``process``, whose connections are active and give binaries."""
    return _value(talk, process, _LISTEN, 0, List(map(term, ("binary", ("active", True), ("ip", (127, 0, 0, 1))))))


def begin_to_wait(talk: Conversation, timeout: Term = _INFINITY) -> tuple[int, int]:
    """A process that waits for a connection that nobody makes, and the id of its call."""
    process = talk.spawn()
    return process, talk.begin_call(process, _ACCEPT, listener(talk, process), timeout)


def connection(talk: Conversation, process: int, listening: Term) -> tuple[Peer, int]:
    """A connection of the kit to ``listening``, and the id of the call that is to take it."""
    port = _value(talk, process, _PORT, listening)
    if not isinstance(port, int) or not 0 < port < 65536:
        raise Skipped(f"it takes a port number, and inet:port/1 gave {port}")
    accepting = talk.begin_call(process, _ACCEPT, listening, _INFINITY)
    try:
        return talk.node.network.connect(port), accepting
    except ConnectionError as reason:
        raise Skipped(f"it takes a connection to the listener, which cannot be made: {reason}") from None


@exchange(
    "a-call-that-waits-blocks-nothing",
    says="Answers may come in any order, and a request does not wait for the answer to the one before.",
    mend="go on reading and answering while a call waits: give it a thread, or note who waits for what",
    needs=("exit-1-ends-with-its-reason", "takes-requests-together"),
)
def a_call_that_waits_blocks_nothing(talk: Conversation) -> None:
    _, waiting = begin_to_wait(talk)
    other = talk.spawn()
    talk.status(other)
    talk.mailbox(other)
    talk.call(other, "erlang.exit/1", ONE)
    if talk.has_come(waiting):
        answer = talk.answer(waiting, "accept")
        raise Skipped(f"it takes a gen_tcp:accept/2 that waits, which was answered: {described(answer)}")


@exchange(
    "settle-does-not-wait-for-calls",
    says="**settle** is answered when everything that can happen without further input or passing time has happened",
    mend="answer `settle` also while a call waits: it waits for input, which may never come",
    needs=_WAITS,
)
def settle_does_not_wait_for_calls(talk: Conversation) -> None:
    begin_to_wait(talk)
    talk.settle()


@exchange(
    "settle-does-not-wait-for-timers",
    says="Timers are not waited for.",
    mend="answer `settle` while timeouts run: that time passes is not what it waits for",
    needs=("settle-does-not-wait-for-calls",),
)
def settle_does_not_wait_for_timers(talk: Conversation) -> None:
    begin_to_wait(talk, _MINUTE)
    talk.settle()


@exchange(
    "a-call-under-way-is-waiting",
    says="`waiting` (in a call)",
    mend="let the status of a process be `waiting` from when its call begins to when it is answered",
    needs=("settle-does-not-wait-for-calls",),
)
def a_call_under_way_is_waiting(talk: Conversation) -> None:
    process, _ = begin_to_wait(talk)
    talk.settle()
    expect(talk.status(process), "waiting", "the status of a process in gen_tcp:accept/2")


@exchange(
    "the-mailbox-shows-during-a-call",
    says="It must answer while a call is under way or suspended.",
    mend="read the mailbox from outside the process, whatever that is doing",
    needs=("a-call-under-way-is-waiting", "reading-removes-nothing"),
    way="look",
)
def the_mailbox_shows_during_a_call(talk: Conversation) -> None:
    process, _ = begin_to_wait(talk)
    send(talk, process, ONE)
    expect(talk.mailbox(process), [ONE], "the mailbox of a process that was sent a message during gen_tcp:accept/2")


@exchange(
    "draining-during-a-call-loses-nothing",
    says="What cannot be done while a call is under way, because messages of the call would be taken, is answered"
    " `failed`",
    mend="answer `failed` to a `take` of a process in a call if you cannot tell its messages from those of the call: it"
    " is asked again when the call is over",
    needs=("a-call-under-way-is-waiting", "draining-removes-what-it-gives"),
    way="drain",
)
def draining_during_a_call_loses_nothing(talk: Conversation) -> None:
    process, waiting = begin_to_wait(talk, _SHORT)
    send(talk, process, ONE)
    answer = talk.ask("take", process=process)
    seen = [] if answer.failed is not UNSET else talk.drained(answer)
    talk.answer(waiting, f"a gen_tcp:accept/2 with a timeout of {_SHORT} ms")
    seen += talk.drained(talk.ask("take", process=process))
    expect(seen, [ONE], "what came of a mailbox that was drained during gen_tcp:accept/2 and afterwards")


@exchange(
    "a-call-comes-back-by-itself",
    says="applies `module:function(args…)` in the process, and is answered when it comes back",
    mend="write the answer as soon as the call comes back, also while no request comes",
    needs=_WAITS,
)
def a_call_comes_back_by_itself(talk: Conversation) -> None:
    _, waiting = begin_to_wait(talk, 20)
    talk.answer(waiting, "a gen_tcp:accept/2 with a timeout of 20 ms, of which the kit did not ask meanwhile,")


@exchange(
    "exit-ends-a-call",
    says='| `{"id": 7, "ended": Term}`                  | the process ended during the call, for this reason',
    mend="answer the call under way `ended` when its process is ended; the reason of the signal `kill` is `killed`",
    needs=("a-call-under-way-is-waiting", "exit-ends-a-process"),
)
def exit_ends_a_call(talk: Conversation) -> None:
    process, waiting = begin_to_wait(talk)
    talk.exit(process, KILL)
    answer = talk.answer(waiting, "the call of a process that was killed")
    if answer.ended is UNSET or talk.term(answer.ended) != Atom("killed"):
        raise Broken(f"the call of a process that was killed was answered: {described(answer)}")
    expect(talk.status(process), "ended", "its status")


@exchange(
    "settle-waits-for-the-results-of-calls",
    says="what has reached a socket has become a message or the result of a call",
    mend="answer `settle` after the answers of the calls that what has arrived lets come back",
    needs=("settle-does-not-wait-for-calls",),
)
def settle_waits_for_the_results_of_calls(talk: Conversation) -> None:
    process = talk.spawn()
    peer, accepting = connection(talk, process, listener(talk, process))
    try:
        settling = talk.settle()
        if not talk.came_before(accepting, settling):
            if talk.waited(lambda: talk.has_come(accepting)):
                raise Broken("a connection was there, `settle` was answered, and then gen_tcp:accept/2")
            raise Skipped("it takes a gen_tcp:accept/2 that comes back, and a connection did not make it")
    finally:
        peer.close()


@exchange(
    "settle-waits-for-messages",
    says="what has reached a socket has become a message or the result of a call",
    mend="before you answer `settle`, see that nothing is left to be read from any socket, and that no thread of yours"
    " has something in hand: ask, do not pause",
    needs=("settle-waits-for-the-results-of-calls", "take-removes-the-oldest"),
)
def settle_waits_for_messages(talk: Conversation) -> None:
    process = talk.spawn()
    peer, accepting = connection(talk, process, listener(talk, process))
    try:
        talk.returned(talk.answer(accepting, "accept"), _ACCEPT)
        for _ in range(_TIMES):
            _deliver(talk, process, peer)
    finally:
        peer.close()


def _deliver(talk: Conversation, process: int, peer: Peer) -> None:
    """Have a byte become a message of ``process``, and take it."""
    peer.offer(b"x")
    talk.until(peer.delivered, "a byte was sent to a socket of it, and never reached it")
    talk.settle()
    if not talk.mailbox(process):
        if talk.waited(lambda: bool(talk.mailbox(process))):
            raise Broken("a byte had reached an active socket, `settle` was answered, and then came the message")
        raise Skipped("it takes a socket in active mode, and no message came of a byte")
    talk.take(process, 1)
