"""Exchanges about ``clear``."""

from __future__ import annotations

from msgspec import UNSET

from gen_tck.conformance.check.breaches import Broken
from gen_tck.conformance.check.conversation import Conversation, described, expect, expect_failed
from gen_tck.conformance.check.exchange import exchange
from gen_tck.conformance.check.waiting import begin_to_wait, connection, listener

_LEFT_WAITING = 0.2
"""Seconds, of those that a case takes, in which a spare waits."""
_ENDS = "**clear** ends all processes and sockets made so far, also those with unsent data, at once"


@exchange(
    "clear-forgets-the-processes",
    says="forgets all handles",
    mend="let no number be the number of a process after `clear`, until `spawn` gives the next",
    needs=("answers-each-request-once", "an-unknown-process-fails"),
    quick=True,
    way="clear",
)
def clear_forgets_the_processes(talk: Conversation) -> None:
    process = talk.spawn()
    talk.do("clear")
    expect_failed(talk.ask("status", process=process), "the status of a process from before a `clear`")


@exchange(
    "numbers-are-not-used-again",
    says="Numbers of handles are not used again.",
    mend="go on counting handles after `clear`",
    needs=("answers-each-request-once", "spawn-gives-a-new-pid"),
    quick=True,
    way="clear",
)
def numbers_are_not_used_again(talk: Conversation) -> None:
    before = {talk.spawn() for _ in range(3)}
    talk.do("clear")
    after = {talk.spawn() for _ in range(3)}
    if again := before & after:
        raise Broken(f"after a `clear` the number {min(again)} was given to a second process")
    talk.do("clear")


@exchange(
    "clear-ends-calls",
    says="Calls under way are answered `ended` before it, or not at all.",
    mend="drop the calls under way at `clear`: write nothing of them after its answer",
    needs=("a-call-under-way-is-waiting", "settle-does-not-wait-for-timers"),
    way="clear",
)
def clear_ends_calls(talk: Conversation) -> None:
    waiting = [begin_to_wait(talk, timeout)[1] for timeout in (50, 60_000)]
    talk.settle()
    clearing = talk.begin("clear")
    talk.answer(clearing, "`clear`")
    for each in filter(talk.has_come, waiting):
        answer = talk.answer(each, "accept")
        if answer.ended is UNSET and answer.returned is UNSET:
            raise Broken(f"a call under way at `clear` was answered: {described(answer)}")
    talk.waited(lambda: False, 0.1)  # the first of the two would time out now
    if any(map(talk.has_come, waiting)):
        raise Broken("a call that was under way at `clear` was answered after it")


@exchange(
    "clear-closes-sockets",
    says=_ENDS,
    mend="close every socket at `clear`: connections, listeners, and those that wait to be accepted",
    needs=("clear-forgets-the-processes", "settle-waits-for-the-results-of-calls"),
    way="clear",
)
def clear_closes_sockets(talk: Conversation) -> None:
    process = talk.spawn()
    listening = listener(talk, process)
    peer, accepting = connection(talk, process, listening)
    try:
        talk.answer(accepting, "accept")
        talk.do("clear")
        talk.until(lambda: peer.poll() in ("fin", "reset"), "after a `clear` a connection from before it is still open")
    finally:
        peer.close()


@exchange(
    "a-spare-bears-to-wait",
    says="A spare is started in advance, so that two programs run at a time",
    mend="let a second program start beside the first (on other ports, say), and wait for the kit as long as it takes,"
    " or write `spare = false` into the manifest",
    needs=("answers-each-request-once",),
    way="spare",
)
def a_spare_bears_to_wait(talk: Conversation) -> None:
    for _ in range(2):
        talk.spawn()
        talk.waited(lambda: False, _LEFT_WAITING)
        talk.start_anew()
    expect(talk.status(talk.spawn()), "idle", "the status of a process of a program that was started anew")
