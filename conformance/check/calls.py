"""Exchanges about calls that come back at once, and about mailboxes."""

from __future__ import annotations

from msgspec import UNSET

from gen_tck.conformance.check.breaches import Broken, Skipped
from gen_tck.conformance.check.conversation import Conversation, described, expect, expect_failed
from gen_tck.conformance.check.exchange import exchange
from gen_tck.conformance.check.processes import NOBODY
from gen_tck.spec.terms import Atom, Pid, Port, Term

HELPERS = "which tests cannot do without. No claim is made of them: offer them whatever you claim."
_SEND = "erlang.send/2"
_EXIT = "erlang.exit/1"
ONE, TWO, THREE = Atom("one"), Atom("two"), Atom("three")


def send(talk: Conversation, receiver: int, *messages: Term) -> None:
    """Have another process send ``messages``."""
    sender = talk.spawn()
    for each in messages:
        talk.returned(talk.call(sender, _SEND, Pid(receiver), each), _SEND)
    talk.settle()


@exchange(
    "exit-1-ends-with-its-reason",
    says="`erlang:exit/1` ends the process",
    mend="offer erlang:exit/1: answer its call `ended` with the reason it was given, and let the process have ended",
    needs=("answers-each-request-once", "a-new-process-is-idle"),
    quick=True,
)
def exit_1_ends_with_its_reason(talk: Conversation) -> None:
    process, reason = talk.spawn(), Atom("gen_tck_reason")
    answer = talk.call(process, _EXIT, reason)
    if answer.ended is UNSET:
        raise Broken(f"erlang:exit(gen_tck_reason) was answered: {described(answer)}")
    expect(talk.term(answer.ended), reason, "the reason of erlang:exit(gen_tck_reason)")
    expect(talk.status(process), "ended", "the status afterwards")


@exchange(
    "a-call-after-the-end-is-noproc",
    says="(`noproc`: it had ended before)",
    mend='answer a call in a process that has ended {"ended": {"$a": "noproc"}}',
    needs=("exit-1-ends-with-its-reason",),
    quick=True,
)
def a_call_after_the_end_is_noproc(talk: Conversation) -> None:
    process = talk.spawn()
    talk.call(process, _EXIT, ONE)
    answer = talk.call(process, _EXIT, TWO)
    if answer.ended is UNSET or talk.term(answer.ended) != Atom("noproc"):
        raise Broken(f"a call in a process that had ended was answered: {described(answer)}")


@exchange(
    "an-unknown-function-fails",
    says="One that the program does not have it answers `failed`.",
    mend="answer `failed` to a call that you do not have, not `raised`; the process is idle again",
    needs=("a-new-process-is-idle",),
    quick=True,
)
def an_unknown_function_fails(talk: Conversation) -> None:
    process = talk.spawn()
    for module, function in (("gen_tcp", "no_such_function"), ("no_such_module", "recv")):
        answer = talk.ask("call", process=process, module=module, function=function, args=[])
        expect_failed(answer, f"a call of {module}:{function}/0, which there is none of,")
        expect(talk.status(process), "idle", "the status of the process afterwards")


@exchange(
    "an-unknown-handle-fails",
    says="(an unknown process, a term that cannot be said)",
    mend="look up each handle in the arguments of a call, and answer `failed` if you never gave that number out",
    needs=("exit-1-ends-with-its-reason",),
    quick=True,
)
def an_unknown_handle_fails(talk: Conversation) -> None:
    answer = talk.call(talk.spawn(), _EXIT, Port(NOBODY))
    expect_failed(answer, f"a call with the handle {NOBODY}, which there is none of,")


@exchange(
    "send-reaches-the-mailbox",
    says=HELPERS,
    mend="offer erlang:send/2: the message goes to the end of the receiver's mailbox, and is returned",
    needs=("a-new-process-is-idle",),
    quick=True,
)
def send_reaches_the_mailbox(talk: Conversation) -> None:
    sender, receiver = talk.spawn(), talk.spawn()
    answer = talk.call(sender, _SEND, Pid(receiver), ONE)
    if answer.returned is UNSET:
        raise Broken(f"erlang:send(Pid, one) was answered: {described(answer)}")
    expect(talk.term(answer.returned), ONE, "what erlang:send(Pid, one) returned")
    talk.settle()
    expect(talk.mailbox(receiver), [ONE], "the mailbox of the receiver")
    expect(talk.mailbox(sender), [], "the mailbox of the sender")


@exchange(
    "reading-removes-nothing",
    says="reading it removes nothing",
    mend="show the mailbox and leave it as it is; `take` alone removes messages",
    needs=("send-reaches-the-mailbox",),
    quick=True,
    way="look",
)
def reading_removes_nothing(talk: Conversation) -> None:
    process = talk.spawn()
    send(talk, process, ONE)
    for _ in range(2):
        expect(talk.mailbox(process), [ONE], "a mailbox that is read twice")


@exchange(
    "draining-removes-what-it-gives",
    says="The program removes all messages, and answers with them as for `mailbox`",
    mend="at a `take` without `count` receive all that is there, and answer with it; none of it is there afterwards",
    needs=("send-reaches-the-mailbox",),
    quick=True,
    way="drain",
)
def draining_removes_what_it_gives(talk: Conversation) -> None:
    process = talk.spawn()
    send(talk, process, ONE, TWO)
    for wanted in ([ONE, TWO], []):
        expect(talk.drained(talk.ask("take", process=process)), wanted, "what a `take` without `count` gives")
    send(talk, process, THREE)
    expect(talk.drained(talk.ask("take", process=process)), [THREE], "what it gives after another message")


@exchange(
    "mailbox-is-oldest-first",
    says="`messages`: oldest first",
    mend="show the messages in the order in which they came",
    needs=("reading-removes-nothing", "draining-removes-what-it-gives"),
    quick=True,
)
def mailbox_is_oldest_first(talk: Conversation) -> None:
    process = talk.spawn()
    send(talk, process, ONE, TWO, THREE)
    expect(talk.mailbox(process), [ONE, TWO, THREE], "a mailbox after one, two, three")


@exchange(
    "take-removes-the-oldest",
    says="**take** removes the oldest messages of an idle process, as many as `count` says.",
    mend="remove `count` messages from the front of the mailbox before you answer `ok`",
    needs=("mailbox-is-oldest-first",),
    quick=True,
    way="look",
)
def take_removes_the_oldest(talk: Conversation) -> None:
    process = talk.spawn()
    send(talk, process, ONE, TWO, THREE)
    talk.take(process, 2)
    expect(talk.mailbox(process), [THREE], "a mailbox of one, two, three of which two were taken")


@exchange(
    "a-pid-keeps-its-number",
    says="the same pid, port or reference always has the same number",
    mend="keep a table of the handles that were given out, and look there before you give a new number",
    needs=("send-reaches-the-mailbox",),
    quick=True,
)
def a_pid_keeps_its_number(talk: Conversation) -> None:
    known, receiver = talk.spawn(), talk.spawn()
    send(talk, receiver, (Pid(known), Pid(receiver)))
    expect(talk.mailbox(receiver), [(Pid(known), Pid(receiver))], f"what came of the pids {known} and {receiver}")


@exchange(
    "an-exception-leaves-the-process",
    says="it raised `error`, `exit` or `throw`; the process lives on and is idle",
    mend="catch what the function raises, and let the process go on",
    needs=("send-reaches-the-mailbox",),
    quick=True,
)
def an_exception_leaves_the_process(talk: Conversation) -> None:
    process, nobody = talk.spawn(), Atom("gen_tck_has_no_such_name")
    answer = talk.call(process, _SEND, nobody, ONE)
    if answer.failed is not UNSET:
        raise Skipped(f"it takes an erlang:send that raises, which was answered: {described(answer)}")
    if answer.raised is UNSET:
        raise Broken(f"erlang:send to a name that nobody has was answered: {described(answer)}")
    expect(talk.status(process), "idle", "the status of a process whose call raised")
    send(talk, process, TWO)
    expect(talk.mailbox(process), [TWO], "its mailbox, after a message")
