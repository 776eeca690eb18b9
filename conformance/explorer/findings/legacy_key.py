"""A finding as the patterns of ``*.scripts.toml`` have it. Frozen: a letter more or less, and they fit other findings.

This is no text for people, which :mod:`~gen_tck.conformance.explorer.findings.words` makes; it only looks like one,
since the patterns were written when it was. It goes when the last of them does.
"""

from __future__ import annotations

from typing import NamedTuple

from gen_tck.adapters.interface import Ended, Outcome, Raised, Returned
from gen_tck.conformance.explorer.findings.comparison import Calls
from gen_tck.conformance.explorer.findings.differences import (
    Called,
    Cause,
    DataDiffers,
    Difference,
    EndDiffers,
    MailboxDiffers,
    MessageDiffers,
    OutcomeDiffers,
    PeerDid,
    ScriptOver,
    Signalled,
    Some,
    StatusDiffers,
    TimePassed,
    abstract,
)
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.script.script import ACTORS, PEERS, Call, Change, Changes
from gen_tck.spec.exhaustive import assert_never
from gen_tck.spec.terms import Atom, List, Term, show


class LegacyKey(NamedTuple):
    """What the patterns are held against."""

    kind: str
    """The cause, and all that differs."""
    parts: tuple[str, ...]
    """The cause and what differs, for each of :attr:`Finding.parts`."""
    lines: tuple[str, ...]
    """The setting, then each step up to the difference with what the reference lets follow from it."""


def legacy_key(finding: Finding) -> LegacyKey:
    """The key of ``finding``."""
    cause, differences = cause_key(finding.cause), [difference_key(each) for each in finding.parts]
    parts = tuple([f"{cause}: {each}" for each in differences])
    return LegacyKey(f"{cause}: {'; '.join(differences)}", parts, _lines(finding))


def cause_key(cause: Cause) -> str:
    """What was done."""
    match cause:
        case Called(function, arguments, of_listener):
            listens = " of the listener" if of_listener else ""
            return f"{function.module}:{function.name}({', '.join(map(_term, arguments))}){listens}"
        case Signalled(of_owner, reason):
            return f"the {'owner' if of_owner else 'process'} gets {reason}"
        case PeerDid(what):
            return f"peer: {what}"
        case TimePassed():
            return "time passes"
        case ScriptOver():
            return "the end of the script"
        case _:
            return assert_never(cause)


def difference_key(difference: Difference) -> str:
    """What differs."""
    match difference:
        case OutcomeDiffers():
            return _outcome_key(difference)
        case MessageDiffers(allowed=None, seen=seen):
            return f"a {_term(seen)}"
        case MessageDiffers(allowed=allowed, seen=None):
            return f"no {_term(allowed)}"
        case MessageDiffers(allowed=allowed, seen=seen):
            return f"{_term(allowed)} but {_term(seen)}"
        case MailboxDiffers():
            return "messages in another order or with other data"
        case StatusDiffers(allowed=None, seen=seen):
            return f"a process {seen}"
        case StatusDiffers(allowed=allowed):
            return f"no process {allowed}"
        case EndDiffers(allowed=allowed, seen=seen):
            return f"the peer sees {seen}, not {allowed}"
        case DataDiffers():
            return "the peer reads other data"
        case _:
            return assert_never(difference)


def _outcome_key(difference: OutcomeDiffers) -> str:
    function, allowed, seen = difference.function, difference.allowed, difference.seen
    name = "a call" if function is None else f"{function.module}:{function.name}"
    if allowed is None:
        return f"{name} returns unasked {_outcome(seen)}"
    return f"{name} not {_outcome(allowed)}" if seen is None else f"{name} {_outcome(allowed)} but {_outcome(seen)}"


def _outcome(outcome: Outcome | None) -> str:
    match outcome:
        case None:
            raise ValueError("an outcome differs that is neither allowed nor seen")
        case Returned(value):
            return _term(value)
        case Raised(kind, reason):
            return f"raised {kind} {_term(reason)}"
        case Ended(reason):
            return f"ended {_term(reason)}"
        case _:
            return assert_never(outcome)


def _term(value: Term) -> str:
    return _abstract(abstract(value))


def _abstract(value: Term) -> str:
    if isinstance(value, Some):
        return value.value
    if isinstance(value, Atom) and value.name.startswith("$"):
        return value.name[1:].upper()
    if isinstance(value, List):
        return f"[{','.join(map(_abstract, value))}]"
    if isinstance(value, tuple):
        return f"{{{','.join(map(_abstract, value))}}}"
    return show(value)


def _lines(finding: Finding) -> tuple[str, ...]:
    prediction, last = finding.at.prediction, finding.at.step
    calls: dict[int, Call] = {}
    lines = [str(prediction.script.setting)]
    for step, changes in zip(prediction.script.all_steps[: last + 1], prediction.expected, strict=False):
        if isinstance(step, Call):
            calls[step.actor] = step
        lines.append(f"{step} => {_changes(changes, calls)}")
    return tuple(lines)


def _changes(changes: Changes, calls: Calls) -> str:
    return "; ".join([_change(each, calls) for each in changes]) or "nothing"


def _change(change: Change, calls: Calls) -> str:
    match change:
        case ("call", int(actor), (how, *rest)):
            call = calls.get(actor)
            name = "a call" if call is None else f"{call.module}:{call.function}"
            words = [str(how), *[each if isinstance(each, str) else show(each) for each in rest]]
            return f"{name} by {ACTORS[actor]} {' '.join(words)}"
        case ("mailbox", int(actor), tuple(messages)):
            return f"{ACTORS[actor]} holds {', '.join(map(show, messages)) or 'nothing'}"
        case ("status", int(actor), status):
            return f"{ACTORS[actor]} {status}"
        case (peer, tuple(pieces), end) if peer in PEERS:
            data = " ".join([f"{each[1]} lots of zeros" if isinstance(each, tuple) else show(each) for each in pieces])
            return f"{peer} reads {data or 'nothing'}, {end}"
    raise AssertionError(f"nothing that can change: {change!r}")
