"""What each call answers on a socket that is closed, as the reference answers it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from gen_tck.adapters.interface import Node, Outcome, Process, Raised, Returned
from gen_tck.adapters.registry import open_node
from gen_tck.spec.calls import CALLS, Function
from gen_tck.spec.terms import Term, show, term
from site_of_gen_tck.clauses import Row, table
from site_of_gen_tck.profiles import profile_link
from site_of_gen_tck.seen import shape

_OTHERS: Mapping[str, object] = {
    "Counters": ["send_pend"],
    "Data": b"x",
    "Flags": [],
    "How": "write",
    "Item": "connected",
    "Length": 0,
    "Module": "inet_tcp",
    "Names": ["active"],
    "Options": [("active", True)],
    "Timeout": 1000,
}
"""What is handed over beside the socket, by the names of the arguments."""


class _On(NamedTuple):
    """Where calls are made."""

    node: Node
    process: Process


class ClosedTable(SphinxDirective):
    """What each call answers that takes a socket, if that is closed."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        rows: list[Row] = [
            [[nodes.literal("", call)], [nodes.literal("", answer)], [profile_link(profile)]]
            for call, answer, profile in answers()
        ]
        return [table(("Call", "Answer", "Profile"), rows, (46, 34, 20), "lookup closed")]


@cache
def answers() -> list[tuple[str, str, str]]:
    """Each call as it is made, what it answers, and its profile. Raises ``RuntimeError`` if one does not come back."""
    node = open_node("reference")
    try:
        on = _On(node, node.spawn())
        closed = {"Socket": _closed(on, "connect"), "Listener": _closed(on, "listen")}
        return [
            (_call(each), _words(_made(on, each, closed)), each.profile)
            for each in CALLS.values()
            if not each.is_helper and each.arguments and each.arguments[0] in closed
        ]
    finally:
        node.close()


def _closed(on: _On, how: str) -> Term:
    """A socket of ``process`` that is closed: one that listened, or one that was connected."""
    listener = _value(on, "gen_tcp", "listen", 0, [("ip", (127, 0, 0, 1))])
    socket = listener
    if how == "connect":
        number = _value(on, "inet", "port", listener)
        socket = _value(on, "gen_tcp", "connect", (127, 0, 0, 1), number, [])
    for each in dict.fromkeys((socket, listener)):
        _outcome(on, "gen_tcp", "close", [each])
    return socket


def _value(on: _On, module: str, function: str, *args: object) -> Term:
    outcome = _outcome(on, module, function, [term(each) for each in args])
    if not isinstance(outcome, Returned) or not isinstance(outcome.value, tuple):
        raise RuntimeError(f"{module}:{function} on the reference: {outcome}")
    return outcome.value[1]


def _made(on: _On, function: Function, closed: Mapping[str, Term]) -> Outcome:
    own: dict[str, Term] = {**closed, "Pid": on.process.pid}
    args = [own[each] if each in own else term(_OTHERS[each]) for each in function.arguments]
    return _outcome(on, function.module, function.name, args)


def _outcome(on: _On, module: str, function: str, args: list[Term]) -> Outcome:
    call = on.process.call(module, function, args)
    if not on.node.wait(lambda: call.outcome is not None).met or call.outcome is None:
        raise RuntimeError(f"{module}:{function} on the reference does not come back")
    return call.outcome


def _call(function: Function) -> str:
    args = [show(term(_OTHERS[each])) if each in _OTHERS else each for each in function.arguments]
    return f"{function.module}:{function.name}({', '.join(args)})"


def _words(outcome: Outcome) -> str:
    if isinstance(outcome, Returned):
        return shape(outcome.value)
    return f"raises {outcome.kind}:{shape(outcome.reason)}" if isinstance(outcome, Raised) else str(outcome)
