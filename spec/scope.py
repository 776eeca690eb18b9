"""What the specification leaves out, refused by name.

The tables of what is out stand beside those of what is in: ``OUT_OF_SCOPE`` of :mod:`gen_tck.spec.calls`,
:mod:`gen_tck.spec.options` and :mod:`gen_tck.spec.framings`. Whoever meets one of these says so: the kit makes no such
call (the case is ``unsupported``), the reference answers none (``OutOfScope``). What nobody knows, such as an option
``foo``, is no such thing: that is a wrong argument, and clauses say what comes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gen_tck.spec import calls, framings, options
from gen_tck.spec.options import Place
from gen_tck.spec.terms import Atom, List, Map, Term

__all__ = ["ASKS", "outside", "outside_name", "outside_setting", "settings_of"]

_PLACES: dict[str, tuple[Place, int]] = {
    "gen_tcp.connect/2": ("connect", 1),
    "gen_tcp.connect/3": ("connect", 2),
    "gen_tcp.connect/4": ("connect", 2),
    "gen_tcp.listen/2": ("listen", 1),
    "inet.setopts/2": ("setopts", 1),
    "prim_inet.setopts/2": ("setopts", 1),
}
ASKS = frozenset(["inet.getopts/2", "prim_inet.getopts/2"])
"""The calls that ask for options by their names, in their second argument."""


def settings_of(call: str, args: Sequence[Term]) -> tuple[Place, Term] | None:
    """The argument of ``call`` (``module.function/arity``) that is a list of settings, and what takes it there."""
    place, at = _PLACES.get(call, (None, 0))
    if place is None:
        return None
    return place, args[1 if isinstance(args[0], Map) else at]


def outside(call: str, args: Sequence[Term]) -> str:
    """What of ``call`` (``module.function/arity``) with ``args`` is out of scope, and why; empty if nothing is."""
    if call in calls.OUT_OF_SCOPE:
        return f"{call} is out of scope: {calls.OUT_OF_SCOPE[call]}"
    return next(_arguments(call, args), "") if call in _PLACES or call in ASKS else ""


def _arguments(call: str, args: Sequence[Term]) -> Iterator[str]:
    found = settings_of(call, args)
    if found is not None:
        yield from filter(None, [_outside_address(args[0]), *map(outside_setting, _elements(found[1]))])
    if call in ASKS:
        yield from filter(None, map(outside_name, _elements(args[1])))


def _elements(value: Term) -> Sequence[Term]:
    return value if isinstance(value, List) else ()


_LOOKED_AT = frozenset([*options.OUT_OF_SCOPE, "packet", "ip", "ifaddr"])
"""The names of the options of which something is out of scope: nearly all that are set are others."""


def outside_setting(setting: Term) -> str:
    """What of one of the settings in a list is out of scope, and why; empty if nothing is."""
    name = setting[0] if type(setting) is tuple and setting else setting
    if type(name) is Atom and name.name not in _LOOKED_AT:
        return ""
    match setting:
        case (Atom(name="packet"), Atom(name=name)) if type(setting) is tuple and name in framings.OUT_OF_SCOPE:
            return f"the framing {name} is out of scope: {framings.OUT_OF_SCOPE[name]}"
        case (Atom(name="ip" | "ifaddr"), address) if type(setting) is tuple:
            return _outside_address(address)
    return outside_name(setting[0] if type(setting) is tuple and setting else setting)


def _outside_address(address: Term) -> str:
    """Whether an address is a map of family ``local``, and why that is out of scope; empty if it is not."""
    if isinstance(address, Map) and address.pairs.get(Atom("family")) is Atom("local"):
        return "a map of family local is out of scope: addresses as the module socket has them"
    return ""


def outside_name(name: Term) -> str:
    """Whether the name of an option, or a tuple that begins with it, is out of scope, and why; empty if it is not."""
    if type(name) is tuple and name:
        name = name[0]
    if isinstance(name, Atom) and name.name in options.OUT_OF_SCOPE:
        return f"the option {name.name} is out of scope: {options.OUT_OF_SCOPE[name.name]}"
    return ""
