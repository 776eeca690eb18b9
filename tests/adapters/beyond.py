"""Calls beyond the catalogue, for tests of the agent itself, which makes none.

But it loads and calls the player of scripts for the kit. So what these tests load under that name calls anything.
"""

from __future__ import annotations

from pathlib import Path

from gen_tck.adapters.child import ChildNode
from gen_tck.spec.calls import CALLS
from gen_tck.spec.terms import Atom, List, Term, term

PLAYER = Atom("gen_tck_scripts")
SOURCE = (Path(__file__).parents[1] / "nodes" / "anything.erl").read_bytes()

Call = tuple[str, str, list[Term]]


def widen(node: ChildNode) -> ChildNode:
    """Let ``node`` make any call that is made :func:`beyond`."""
    loading = node.spawn().call("gen_tck_agent", "load", [PLAYER, SOURCE])
    assert node.wait(lambda: loading.outcome is not None, 20).met
    node.clear()
    return node


def beyond(module: str, function: str, *args: object) -> Call:
    """What to call so that ``module:function(args…)`` is made, in the catalogue or not."""
    terms = [term(each) for each in args]
    if f"{module}.{function}/{len(terms)}" in CALLS:
        return module, function, terms
    return PLAYER.name, "run", [Atom(module), Atom(function), List(terms), 0]


def calculation(steps: int) -> Call:
    """A call that takes so many steps, which keep the VM busy."""
    return beyond("re", "run", b"a" * 40 + b"b", b"(a+)+$", [("match_limit", steps)])
