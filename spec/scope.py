"""What the specification leaves out, refused by name.

The tables of what is out stand beside those of what is in: ``OUT_OF_SCOPE`` of :mod:`gen_tck.spec.calls`,
:mod:`gen_tck.spec.options` and :mod:`gen_tck.spec.framings`. Whoever meets one of these says so: the kit makes no such
call (the case is ``unsupported``), the reference answers none (``OutOfScope``). What nobody knows, such as an option
``foo``, is no such thing: that is a wrong argument, and clauses say what comes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gen_tck.spec import calls, framings, options
from gen_tck.spec.terms import Atom, List, Term

__all__ = ["SETTINGS", "outside", "outside_name", "outside_setting"]

SETTINGS = {"gen_tcp.connect": 2, "gen_tcp.listen": 1, "inet.setopts": 1}
"""Which argument of a function is a list of settings, counted from 0; the arity says no more."""


def outside(call: str, args: Sequence[Term]) -> str:
    """What of ``call`` (``module.function/arity``) with ``args`` is out of scope, and why; empty if nothing is."""
    if call in calls.OUT_OF_SCOPE:
        return f"{call} is out of scope: {calls.OUT_OF_SCOPE[call]}"
    return next(_arguments(call, args), "")


def _arguments(call: str, args: Sequence[Term]) -> Iterator[str]:
    at = SETTINGS.get(call.partition("/")[0])
    if at is not None and at < len(args):
        yield from filter(None, map(outside_setting, _elements(args[at])))
    if call == "inet.getopts/2":
        yield from filter(None, map(outside_name, _elements(args[1])))


def _elements(value: Term) -> Sequence[Term]:
    return value if isinstance(value, List) else ()


def outside_setting(setting: Term) -> str:
    """What of one of the settings in a list is out of scope, and why; empty if nothing is."""
    match setting:
        case (Atom(name="packet"), Atom(name=name)) if type(setting) is tuple and name in framings.OUT_OF_SCOPE:
            return f"the framing {name} is out of scope: {framings.OUT_OF_SCOPE[name]}"
    return outside_name(setting[0] if type(setting) is tuple and setting else setting)


def outside_name(name: Term) -> str:
    """Whether the name of an option, or a tuple that begins with it, is out of scope, and why; empty if it is not."""
    if type(name) is tuple and name:
        name = name[0]
    if isinstance(name, Atom) and name.name in options.OUT_OF_SCOPE:
        return f"the option {name.name} is out of scope: {options.OUT_OF_SCOPE[name.name]}"
    return ""
