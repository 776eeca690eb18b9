"""Exchanges about processes: how they begin and end, and what they are called."""

from __future__ import annotations

from gen_tck.conformance.check.breaches import Broken
from gen_tck.conformance.check.conversation import Conversation, expect, expect_failed
from gen_tck.conformance.check.exchange import exchange
from gen_tck.conformance.check.lines import KILL
from gen_tck.spec.terms import Atom

NOBODY = 999_999_999
"""The number of no process."""
_UNKNOWN = "What cannot be done at all (an unknown process, a term that cannot be said)"


@exchange(
    "spawn-gives-a-new-pid",
    says="`pid`: a new process, idle, linked to nothing",
    mend="give each process a number that no other handle has, ever",
    quick=True,
)
def spawn_gives_a_new_pid(talk: Conversation) -> None:
    numbers = [talk.spawn() for _ in range(3)]
    if len(set(numbers)) < len(numbers):
        raise Broken(f"three processes have the numbers {', '.join(map(str, numbers))}")


@exchange(
    "a-new-process-is-idle",
    says="`idle` (no call under way)",
    mend="begin each process without a call and without messages",
    needs=("answers-each-request-once", "spawn-gives-a-new-pid"),
    quick=True,
)
def a_new_process_is_idle(talk: Conversation) -> None:
    process = talk.spawn()
    expect(talk.status(process), "idle", "the status of a new process")
    expect(talk.mailbox(process), [], "the mailbox of a new process")


@exchange(
    "an-unknown-process-fails",
    says=_UNKNOWN,
    mend="look the number up, and answer `failed` if no process has it",
    quick=True,
)
def an_unknown_process_fails(talk: Conversation) -> None:
    requests: list[tuple[str, dict[str, object]]] = [("status", {}), ("exit", {"reason": {"$a": "kill"}})]
    requests += [("take", {})] if talk.drains else [("mailbox", {}), ("take", {"count": 0})]
    for do, fields in requests:
        expect_failed(talk.ask(do, process=NOBODY, **fields), f"`{do}` of process {NOBODY}, which there is none of,")


@exchange(
    "exit-ends-a-process",
    says="**exit** sends the exit signal `reason` to the process, as `erlang:exit/2` does from outside.",
    mend="end the process when the signal comes; its status is `ended` from then on, and its messages are gone",
    needs=("a-new-process-is-idle",),
    quick=True,
)
def exit_ends_a_process(talk: Conversation) -> None:
    process, other = talk.spawn(), talk.spawn()
    talk.exit(process, KILL)
    talk.settle()
    expect(talk.status(process), "ended", "the status of a process that was killed")
    expect(talk.mailbox(process), [], "the mailbox of a process that was killed")
    expect(talk.status(other), "idle", "the status of another")


@exchange(
    "exit-normal-ends-nobody",
    says="**exit** sends the exit signal `reason` to the process, as `erlang:exit/2` does from outside.",
    mend="take no notice of the exit signal `normal`, as processes in Erlang do, unless exits are trapped",
    needs=("exit-ends-a-process",),
)
def exit_normal_ends_nobody(talk: Conversation) -> None:
    process = talk.spawn()
    talk.exit(process, Atom("normal"))
    talk.settle()
    expect(talk.status(process), "idle", "the status of a process that was sent the exit signal `normal`")


@exchange(
    "exit-can-be-trapped",
    says="**exit** sends the exit signal `reason` to the process, as `erlang:exit/2` does from outside.",
    mend="to a process that called process_flag(trap_exit, true) give {'EXIT', From, Reason} as a message; `kill` alone"
    " ends it all the same",
    needs=("exit-ends-a-process",),
)
def exit_can_be_trapped(talk: Conversation) -> None:
    process, reason = talk.spawn(), Atom("gen_tck_reason")
    flag = "erlang.process_flag/2"
    talk.returned(talk.call(process, flag, Atom("trap_exit"), Atom("true")), flag)
    talk.exit(process, reason)
    talk.settle()
    expect(talk.status(process), "idle", "the status of a process that traps exits and was sent one")
    match talk.mailbox(process):
        case [(Atom(name="EXIT"), _, seen)] if seen == reason:
            pass
        case messages:
            raise Broken(f"its mailbox is {messages}, not [{{'EXIT', From, {reason}}}]")
    talk.exit(process, KILL)
    talk.settle()
    expect(talk.status(process), "ended", "the status of a process that traps exits and was killed")
