"""What a step was and what differs after it: made of what the reference allows and of what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from gen_tck.adapters.interface import Ended, Outcome, Raised, Returned
from gen_tck.conformance.explorer.findings.differences import (
    Called,
    Cause,
    DataDiffers,
    Difference,
    EndDiffers,
    Function,
    LeftBehind,
    MailboxDiffers,
    MessageDiffers,
    OutcomeDiffers,
    PeerDid,
    ScriptOver,
    Signalled,
    StatusDiffers,
    TimePassed,
    abstract,
)
from gen_tck.conformance.explorer.script.script import (
    ACCEPTED,
    LISTENER,
    OWNER,
    PEERS,
    SECOND,
    SOCKET,
    Call,
    Change,
    Changes,
    Exit,
    Peer,
    Sleep,
    Step,
)
from gen_tck.spec.counted import Counted
from gen_tck.spec.exhaustive import assert_never
from gen_tck.spec.terms import Term

Calls: TypeAlias = Mapping[int, Call]
"""The last call of each actor."""
Mailboxes: TypeAlias = Mapping[object, tuple[Term, ...]]
"""What each actor holds that holds anything."""


def cause_of(steps: Sequence[Step], number: int) -> Cause:
    """What step ``number`` of ``steps`` was; one more than there are is the end."""
    if number >= len(steps):
        return ScriptOver()
    step = steps[number]
    match step:
        case Call(module=module, function=function, args=args):
            arguments = args[args[:1] in _SOCKETS :]
            return Called(Function(module, function), tuple(map(abstract, arguments)), args[:1] == (LISTENER,))
        case Exit(actor, reason):
            return Signalled(actor == OWNER, reason)
        case Peer(what=what):
            return PeerDid(what)
        case Sleep():
            return TimePassed()
        case _:
            return assert_never(step)


_SOCKETS = tuple((each,) for each in (SOCKET, SECOND, LISTENER, *ACCEPTED))


def differences_in(
    step: int, missing: Sequence[Change], surplus: Sequence[Change], calls: Calls, before: Mailboxes
) -> tuple[Difference, ...]:
    """What differs at ``step``: of what is allowed, ``missing`` was not seen; of what was seen, ``surplus`` is not
    allowed.

    ``before``: the mailboxes as they were before the step.
    """
    found: list[Difference] = []
    other = {_key(each): each for each in surplus}
    for change in missing:
        found += _of(step, change, other.pop(_key(change), None), calls, before)
    for change in other.values():
        found += _of(step, None, change, calls, before)
    return tuple(found)


def last_calls(steps: Iterable[Step]) -> Calls:
    """The last call of each actor."""
    return {step.actor: step for step in steps if isinstance(step, Call)}


def mailboxes(expected: Iterable[Changes]) -> Mailboxes:
    """The last mailbox of each actor."""
    found: dict[object, tuple[Term, ...]] = {}
    for changes in expected:
        for change in changes:
            if change[0] == "mailbox":
                found[change[1]] = _messages(change[2], ())
    return found


def _key(change: Change) -> Change:
    """Of whom ``change`` tells what."""
    return change[:1] if change[0] in (*PEERS, "left") else change[:2]


def _of(
    step: int, allowed: Change | None, seen: Change | None, calls: Calls, before: Mailboxes
) -> Iterator[Difference]:
    """What differs between two changes of the same; one of them may not be there."""
    change = allowed or seen
    assert change is not None
    kind, subject = change[:2]
    if kind in PEERS:
        yield _of_stream(step, str(kind), allowed, seen)
        return
    if kind == "left":
        yield LeftBehind(step, _counts(subject))
        return
    assert isinstance(subject, int)
    wanted, got = (None if each is None else each[2] for each in (allowed, seen))
    if kind == "call":
        call = calls.get(subject)
        function = None if call is None else Function(call.module, call.function)
        yield OutcomeDiffers(step, subject, function, _outcome(wanted), _outcome(got))
    elif kind == "mailbox":
        held = before.get(subject, ())
        yield from _of_mailbox(step, subject, _messages(wanted, held), _messages(got, held))
    else:
        yield StatusDiffers(step, subject, _status(wanted), _status(got))


def _outcome(value: object) -> Outcome | None:
    match value:
        case None:
            return None
        case ("returned", result):
            return Returned(result)
        case ("raised", str(kind), reason):
            return Raised(kind, reason)
        case ("ended", reason):
            return Ended(reason)
    raise AssertionError(f"no outcome of a call: {value!r}")


def _messages(value: object, otherwise: tuple[Term, ...]) -> tuple[Term, ...]:
    return value if isinstance(value, tuple) else otherwise


def _status(value: object) -> str | None:
    return None if value is None else str(value)


def _counts(value: object) -> tuple[tuple[Counted, int], ...]:
    assert isinstance(value, tuple)
    return value


def _of_mailbox(step: int, actor: int, wanted: tuple[Term, ...], seen: tuple[Term, ...]) -> Iterator[Difference]:
    """What differs between two mailboxes: of several messages of one shape that are lost, or too many, the first."""
    one, other = _first_of_each_shape(wanted), _first_of_each_shape(seen)
    counts, others = (Counter(map(abstract, each)) for each in (wanted, seen))
    lost, more = list(counts - others), list(others - counts)
    if not lost and not more:
        yield MailboxDiffers(step, actor, wanted, seen)
    for each in lost:
        instead = next((message for message in more if _tag(message) == _tag(each)), None)
        if instead is not None:
            more.remove(instead)
        yield MessageDiffers(step, actor, one[each], None if instead is None else other[instead])
    for each in more:
        yield MessageDiffers(step, actor, None, other[each])


def _first_of_each_shape(messages: Sequence[Term]) -> dict[Term, Term]:
    return {abstract(each): each for each in reversed(messages)}


def _tag(message: Term) -> Term:
    """What kind of message it is: ``tcp`` for ``{tcp, Socket, Data}``."""
    return (type(message), _tag(message[0])) if isinstance(message, tuple) and len(message) > 1 else message


def _of_stream(step: int, peer: str, wanted: Change | None, seen: Change | None) -> Difference:
    end, other = ("open" if each is None else str(each[2]) for each in (wanted, seen))
    if end != other:
        return EndDiffers(step, peer, end, other)
    return DataDiffers(step, peer, _data(wanted), _data(seen))


def _data(change: Change | None) -> tuple[object, ...]:
    data = () if change is None else change[1]
    assert isinstance(data, tuple)
    return data
