"""What events are about: the outcome of a call, said and read as an event, and the peer that had a part in one."""

from __future__ import annotations

from gen_tck.adapters.interface import Ended, Outcome, Raised, Returned
from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces.events import Answer, AnyEvent
from gen_tck.spec.exhaustive import assert_never


def answer(at: float, call: int, outcome: Outcome) -> Answer:
    """The event that a call has this outcome."""
    match outcome:
        case Returned():
            return kinds.CameBack(at=at, call=call, returned=outcome.value)
        case Raised():
            return kinds.RaisedSeen(at=at, call=call, raised=(outcome.kind, outcome.reason))
        case Ended():
            return kinds.EndedSeen(at=at, call=call, ended=outcome.reason)
        case _:
            return assert_never(outcome)


def outcome_of(event: Answer) -> Outcome:
    """The outcome that a call had."""
    match event:
        case kinds.CameBack():
            return Returned(event.returned)
        case kinds.RaisedSeen():
            return Raised(*event.raised)
        case kinds.EndedSeen():
            return Ended(event.ended)
        case _:
            return assert_never(event)


def fact_in_words(event: kinds.Fact) -> str:
    """What a process was seen to be, to follow its name; empty if that is nothing worth telling."""
    match event:
        case kinds.StatusSeen():  # whether a call is under way is told by its return
            return f"is {event.status}" if event.status in ("suspended", "ended") else ""
        case _:
            return f"has {event.what()} {getattr(event, event.what())}"


def peer_of(event: AnyEvent) -> int | None:
    """The number of the peer that did or saw something; ``None`` if it was none, or there is none yet."""
    peer: int | None = getattr(event, "peer", None)  # which is what each of them calls it that has one
    return peer
