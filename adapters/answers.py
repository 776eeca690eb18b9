"""What a node that is a Python object answers, checked: it may be anything.

What a program says is checked as it is read off the wire; this is the same for values that never were a line. Each
check gives back what it checked, or raises ``AdapterError``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from gen_tck.adapters.interface import (
    AdapterError,
    Census,
    Ended,
    Outcome,
    OverLimit,
    Raised,
    Returned,
    Status,
    Waited,
)
from gen_tck.adapters.limits import Limits
from gen_tck.spec.counted import COUNTED
from gen_tck.spec.printable import shown
from gen_tck.spec.terms import Atom, Improper, List, Map, Pid, Port, Reference, Term

_STATUSES = frozenset(get_args(Status))
_PLAIN = frozenset({Atom, Pid, Port, Reference, int, float, bytes})
"""The terms with nothing inside."""
_KINDS = frozenset({"error", "exit", "throw"})


def a_pid(seen: Pid) -> Pid:
    """The pid of a process."""
    if not isinstance(seen, Pid):
        raise _broke(f"the pid of a process is {_describe(seen)}, which is none")
    return seen


def an_outcome(seen: Outcome | None, limits: Limits) -> Outcome | None:
    """The outcome of a call, or that there is none yet."""
    if isinstance(seen, Returned):
        _check_term(seen.value, "an outcome", limits)
    elif isinstance(seen, (Raised, Ended)):
        _check_term(seen.reason, "an outcome", limits)
        if isinstance(seen, Raised) and seen.kind not in _KINDS:
            raise _broke(f"an exception of kind {_describe(seen.kind)}, which is none")
    elif seen is not None:
        raise _broke(f"the outcome of a call is {_describe(seen)}, which is none")
    return seen


def a_mailbox(seen: tuple[Term, ...], limits: Limits) -> tuple[Term, ...]:
    """The messages in a mailbox."""
    if type(seen) is not tuple:
        raise _broke(f"a mailbox is {_describe(seen)}, which is no tuple of messages")
    if len(seen) > limits.mailbox:
        raise _over(f"a mailbox with over {limits.mailbox} messages", "mailbox")
    _check_term(seen, "a mailbox", limits)
    return seen


def a_status(seen: Status) -> Status:
    """What a process is doing."""
    if seen not in _STATUSES:
        raise _broke(f"the status of a process is {_describe(seen)}, which is none")
    return seen


def a_census(seen: Census) -> Census:
    """How many there are of what is counted."""
    if not isinstance(seen, dict) or not all(
        each in COUNTED and type(count) is int and count >= 0 for each, count in seen.items()
    ):
        raise _broke(f"a census is {_describe(seen)}, which is none")
    return seen


def a_wait(seen: Waited) -> Waited:
    """How a wait ended."""
    if not isinstance(seen, Waited):
        raise _broke(f"a wait ended with {_describe(seen)}, which does not say how")
    return seen


def _check_term(value: object, what: str, limits: Limits) -> None:
    """Raise ``AdapterError`` unless ``value`` is a strict term all through, neither too deep nor too big."""
    level, count, depth = [value], 0, 0
    while level:
        count, depth = count + len(level), depth + 1
        if count > limits.message:
            raise _over(f"{what} has over {limits.message} values in it", "message")
        if depth > limits.nesting:
            raise _over(f"{what} is nested deeper than {limits.nesting} levels", "nesting")
        level = [inner for each in level for inner in _inside(each, what)]


def _inside(value: object, what: str) -> Iterable[object]:
    """What is directly inside a term. Raises ``AdapterError`` for what is none."""
    if type(value) in _PLAIN:
        return ()
    if isinstance(value, tuple) and type(value) in (tuple, List):
        return value
    if isinstance(value, Improper):
        return (*value.heads, value.tail)
    if isinstance(value, Map):
        return (*value.pairs.keys(), *value.pairs.values())
    raise _broke(f"{what} has {_describe(value)} in it, which is no term")


def _broke(how: str) -> AdapterError:
    return AdapterError(f"the node does not keep to the interface: {how}")


def _over(what: str, limit: str) -> OverLimit:
    return OverLimit(f"the node went too far: {what}", limit)


def _describe(value: object) -> str:
    """A value of the node's, for a message; nothing that it may raise or say is a hindrance."""
    try:
        return shown(repr(value))
    except Exception:
        return f"a {type(value).__name__}"
