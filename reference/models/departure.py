"""Departures: how an implementation differs from the reference, each a small change of it as data, by its cause.

A departure has other rows (:mod:`gen_tck.reference.tables`), other methods of named actions and guards, fields of its
own, or other functions of ``gen_tcp`` and its like. A **model** is the reference with some of them, and is built once:
then it runs as the reference does. Two departures that change the same row, method or function must say which comes
first (:attr:`Departure.after`): a real interaction of two is a departure of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from inspect import get_annotations
from typing import NamedTuple, TypeAlias

from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.functions import FUNCTIONS, Function, Functions
from gen_tck.reference.port import OpenPort
from gen_tck.reference.tables import AnyEdit, TableError, edited, in_words, rows_meant

Change: TypeAlias = Callable[[Function], Function]
"""What is made of a function."""


class Model(NamedTuple):
    """How an implementation departs from the reference."""

    driver: type[TcpDriver]
    functions: Functions
    """What can be called, by ``module.name/arity``."""


@dataclass(frozen=True)
class Departure:
    """One way to differ."""

    name: str
    """Whose it is, and its cause: ``otp-inet/slot-outlives-its-receiver``."""
    reason: str
    """What is otherwise."""
    otp: str = ""
    """What does it in OTP, in the forms of ``spec/sources.py``."""
    clauses: tuple[str, ...] = ()
    """Those that the reference with this departure alone fails; what builds on them is blocked. A test looks."""
    since: int | None = None
    """The first release that has it; ``None``: all that anybody ran."""
    until: int | None = None
    """The last release that has it."""
    edits: tuple[AnyEdit, ...] = ()
    driver: type[TcpDriver] | None = None
    """Actions, guards and functions that are others, and fields of its own with what they are at first."""
    port: type[OpenPort] | None = None
    """What of its port is otherwise."""
    functions: Mapping[str, Change] = field(default_factory=dict)
    """By ``module.name/arity``."""
    after: tuple[str, ...] = ()
    """Departures that change the same, and go before."""
    interaction: bool = False
    """Whether it is only what those that go before do together."""

    def is_of(self, release: int) -> bool:
        """Whether a release has it."""
        return (self.since is None or self.since <= release) and (self.until is None or release <= self.until)


def build(departures: Iterable[Departure]) -> Model:
    """The reference with ``departures``, in their order. Raises :class:`TableError` for two that do not go together."""
    chosen = tuple(departures)
    _check_order(chosen)
    tables, functions = TcpDriver.tables, dict(FUNCTIONS)
    for each in chosen:
        tables = edited(tables, *each.edits)
        for name, change in each.functions.items():
            functions[name] = change(functions[name])
    parts = _outermost_first([each.driver for each in chosen if each.driver is not None])
    ports = tuple(reversed(dict.fromkeys([each.port for each in chosen if each.port is not None])))
    fields = [name for part in parts for name in own_fields(part)]
    names = {
        "tables": tables,
        "port_class": type("DepartingPort", ports or (OpenPort,), {}),
        "own": tuple(dict.fromkeys(fields)),
        "__doc__": ", ".join([each.reason for each in chosen]),
    }
    return Model(type(" ".join([each.name for each in chosen]), parts or (TcpDriver,), names), functions)


def without(departures: Iterable[Departure], cause: Departure) -> list[Departure]:
    """``departures`` but for ``cause``, and for what is only something that it does together with others."""
    off = {cause.name}
    left = []
    for each in departures:
        if each.name in off or (each.interaction and not off.isdisjoint(each.after)):
            off.add(each.name)
        else:
            left.append(each)
    return left


def _outermost_first(parts: Iterable[type[TcpDriver]]) -> tuple[type[TcpDriver], ...]:
    """Each once: the first is the innermost, and what others are made of is further in than the first of them."""
    there = list(parts)
    return tuple(reversed(dict.fromkeys([base for part in there for base in reversed(part.__mro__) if base in there])))


def own_fields(part: type[TcpDriver]) -> list[str]:
    """The fields that the driver of a departure declares."""
    return [name for each in part.__mro__ if not issubclass(TcpDriver, each) for name in get_annotations(each)]


def _check_order(departures: tuple[Departure, ...]) -> None:
    changed: dict[Hashable, Departure] = {}
    for each in departures:
        for what in dict.fromkeys(_changes(each)):
            before = changed.get(what)
            if before is not None and before.name not in each.after:
                raise TableError(f"{before.name} and {each.name} change the same: {what}")
            changed[what] = each


_MADE = frozenset(vars(type("Part", (TcpDriver,), {})))


def _is_own(name: str) -> bool:
    """Whether it is more than what every class is given as it is made; which names those are is Python's matter."""
    return name == "__init__" or not (name in _MADE or (name.startswith("__") and name.endswith("__")))


def _changes(departure: Departure) -> Iterator[str]:
    """What a departure changes: rows, methods and functions."""
    for edit in departure.edits:
        for row in rows_meant(edit):
            yield in_words(row)
    for base, part in ((TcpDriver, departure.driver), (OpenPort, departure.port)):
        for each in part.__mro__ if part is not None else ():
            if not issubclass(base, each):
                yield from [name for name in vars(each) if hasattr(base, name) and _is_own(name)]
    yield from departure.functions
