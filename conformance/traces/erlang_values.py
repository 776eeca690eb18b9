"""What stands in the steps of a reproduction, as Erlang expressions: see ``erlang_export.erl``, which does them."""

from __future__ import annotations

from gen_tck.conformance.traces.erlang_source import Call, Expression
from gen_tck.spec.terms import Atom, Handle, Improper, List, Map, Pid, Port, Term

__all__ = ["buffer", "data", "expressed", "port", "several", "step", "with_port"]

PLACES = (Atom("$h"), Atom("$port"), Atom("$quoted"))
"""How tuples begin that stand for something else in a step: see ``erlang_export.erl``."""


def step(what: str, *rest: Expression) -> Expression:
    """One step."""
    return (Atom(what), *rest)


def port(number: int) -> Expression:
    """A TCP port number, which is another one each time."""
    return (Atom("$port"), number)


def with_port(value: Expression) -> Expression:
    """The outcome of a call that tells a port number, ``{ok, Port}`` or ``{ok, {Address, Port}}``."""
    match value:
        case (first, int(number)) if number >= 1000:
            return (first, port(number))
        case (first, (address, int(number))) if number >= 1000:
            return (first, (address, port(number)))
    return value


def several(values: tuple[Term, ...]) -> Expression:
    """A list of terms."""
    return List([expressed(each) for each in values])


def expressed(value: Term) -> Expression:
    """``value`` as the steps have it: what its handles were is another each time, and long data are not written out."""
    if isinstance(value, Handle):
        kind = "pid" if isinstance(value, Pid) else "port" if isinstance(value, Port) else "ref"
        return (Atom("$h"), Atom(kind), value.number)
    if isinstance(value, bytes):
        return data(value)
    if type(value) is tuple:
        items = tuple([expressed(each) for each in value])
        return (Atom("$quoted"), items) if value and value[0] in PLACES else items
    if isinstance(value, List):
        return List([expressed(each) for each in value])
    if isinstance(value, Improper):
        return Improper(tuple([expressed(each) for each in value.heads]), expressed(value.tail))
    if isinstance(value, Map):
        return Map({expressed(key): expressed(each) for key, each in value.pairs.items()})
    return value


def buffer(size: int | None) -> Expression:
    """The options of a peer with a receive buffer of so many bytes; ``None``: with one of any size."""
    return List([] if size is None else [(Atom("recbuf"), size)])


def data(data: bytes) -> Expression:
    """Bytes; long ones that go on as they begin as a call that makes them."""
    period = _period(data)
    if len(data) <= 64 or period is None:
        return data
    copies = -(-len(data) // period)
    whole = Call("binary", "copy", (data[:period], copies))
    return whole if copies * period == len(data) else Call("binary", "part", (whole, 0, len(data)))


def size(value: Term) -> int:
    """About how many bytes it takes to say ``value``."""
    if isinstance(value, (bytes, str)):
        return 8 + len(value)
    if isinstance(value, Atom):
        return 8 + len(value.name)
    if isinstance(value, tuple):
        return 8 + sum(map(size, value))
    if isinstance(value, Improper):
        return 8 + sum(map(size, (*value.heads, value.tail)))
    if isinstance(value, Map):
        return 8 + sum(size(each) for pair in value.pairs.items() for each in pair)
    return 8 + (value.bit_length() // 3 if isinstance(value, int) else 0)


def _period(data: bytes) -> int | None:
    """After how many bytes ``data`` begins again, if it does soon enough to be worth saying."""
    period = data.find(data[:32], 1)
    if 0 < period <= len(data) // 2 and data[period:] == data[:-period]:
        return period
    return None
