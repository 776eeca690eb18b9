"""A finding in words, for people: made last, and never read again.

Nothing that finds a verdict imports this module, and the import contract holds that. Say it better whenever you can.
"""

from __future__ import annotations

from gen_tck.adapters.interface import Ended, Outcome, Raised, Returned
from gen_tck.conformance.explorer.findings.attribution import NO_CLAUSE
from gen_tck.conformance.explorer.findings.comparison import Calls, last_calls
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
    Some,
    StatusDiffers,
    TimePassed,
    abstract,
    abstract_outcome,
)
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.script.script import ACTORS, PEERS, Call, Change, Changes
from gen_tck.spec.counted import in_words as census_in_words
from gen_tck.spec.exhaustive import assert_never
from gen_tck.spec.terms import Atom, List, Term, show


def clause(name: str) -> str:
    """The clause that a finding is filed under."""
    return "no clause speaks of it" if name == NO_CLAUSE else name


def headline(finding: Finding) -> str:
    """The clause and the kind."""
    return f"{clause(finding.clause)}: {kind(finding)}"


def kind(finding: Finding) -> str:
    """What was done and all that differs, without the names and data of one script."""
    return f"{_cause(finding.cause)}: {'; '.join(map(_difference, finding.parts))}"


def parts(finding: Finding) -> tuple[str, ...]:
    """The same for each of the differences."""
    return tuple([f"{_cause(finding.cause)}: {_difference(each)}" for each in finding.parts])


def allowed(finding: Finding) -> str:
    """What is allowed and was not seen."""
    return in_words(finding.allowed, _calls(finding))


def seen(finding: Finding) -> str:
    """What was seen and is not allowed."""
    return in_words(finding.seen, _calls(finding))


def lines(finding: Finding) -> tuple[str, ...]:
    """The script up to the difference, one line a step with what the reference lets follow from it.

    They are a script as they stand: ``text.parse`` passes over what follows ``=>``.
    """
    prediction, last = finding.at.prediction, finding.at.step
    calls: dict[int, Call] = {}
    found = [str(prediction.script.setting)]
    for step, expected in zip(prediction.script.all_steps[: last + 1], prediction.expected, strict=False):
        if isinstance(step, Call):
            calls[step.actor] = step
        found.append(f"{step} => {in_words(expected, calls)}")
    return tuple(found)


def in_words(changes: Changes, calls: Calls) -> str:
    """``changes`` in words. ``calls``: the last one of each actor."""
    return "; ".join([_change(each, calls) for each in changes]) or "nothing"


def _calls(finding: Finding) -> Calls:
    return last_calls(finding.at.prediction.script.all_steps[: finding.at.step + 1])


def _change(change: Change, calls: Calls) -> str:
    match change:
        case ("call", int(actor), tuple(outcome)):
            call = calls.get(actor)
            function = None if call is None else Function(call.module, call.function)
            return f"{_function(function)} by {ACTORS[actor]} {_plain(outcome)}"
        case ("mailbox", int(actor), tuple(messages)):
            return f"{ACTORS[actor]} holds {', '.join(map(show, messages)) or 'nothing'}"
        case ("status", int(actor), status):
            return f"{ACTORS[actor]} {status}"
        case ("left", tuple(counts)):
            return f"the script leaves {census_in_words(dict(counts))}"
        case (peer, tuple(pieces), end) if peer in PEERS:
            data = " ".join([f"{each[1]} lots of zeros" if isinstance(each, tuple) else show(each) for each in pieces])
            return f"{peer} reads {data or 'nothing'}, {end}"
    raise AssertionError(f"nothing that can change: {change!r}")


def _plain(outcome: tuple[object, ...]) -> str:
    how, *rest = outcome
    return " ".join([str(how), *[each if isinstance(each, str) else show(each) for each in rest]])


def _cause(cause: Cause) -> str:
    match cause:
        case Called(function, arguments, of_listener):
            given = ", ".join(map(_term, arguments))
            return f"{function}({given}){' of the listener' if of_listener else ''}"
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


def _difference(difference: Difference) -> str:
    match difference:
        case OutcomeDiffers():
            return _outcome_differs(difference)
        case MessageDiffers(allowed=wanted, seen=got):
            one, other = (None if each is None else _term(abstract(each)) for each in (wanted, got))
            return f"a {other}" if one is None else f"no {one}" if other is None else f"{one} but {other}"
        case MailboxDiffers():
            return "messages in another order or with other data"
        case StatusDiffers(allowed=wanted, status=status):
            return f"{'a' if wanted is None else 'no'} process {status}"
        case LeftBehind(left=counts):
            return f"the script leaves {census_in_words(dict(counts))}"
        case EndDiffers(allowed=wanted, seen=got):
            return f"the peer sees {got}, not {wanted}"
        case DataDiffers():
            return "the peer reads other data"
        case _:
            return assert_never(difference)


def _outcome_differs(difference: OutcomeDiffers) -> str:
    name = _function(difference.function)
    one, other = difference.allowed, difference.seen
    if one is None:
        return f"{name} returns unasked {_outcome(other)}"
    return f"{name} not {_outcome(one)}" if other is None else f"{name} {_outcome(one)} but {_outcome(other)}"


def _function(function: Function | None) -> str:
    return "a call" if function is None else str(function)


def _outcome(outcome: Outcome | None) -> str:
    given = abstract_outcome(outcome)
    match given:
        case None:
            return "nothing"
        case Returned(value):
            return _term(value)
        case Raised(how, reason):
            return f"raised {how} {_term(reason)}"
        case Ended(reason):
            return f"ended {_term(reason)}"
        case _:
            return assert_never(given)


def _term(value: Term) -> str:
    """An abstract term."""
    if isinstance(value, Some):
        return value.value
    if isinstance(value, Atom) and value.name.startswith("$"):
        return value.name[1:].upper()
    if isinstance(value, List):
        return f"[{','.join(map(_term, value))}]"
    if isinstance(value, tuple):
        return f"{{{','.join(map(_term, value))}}}"
    return show(value)
