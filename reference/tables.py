"""Tables that are machines: for a state and an event, what is done, in order, and which state comes next.

Theory of operation
-------------------
A **machine** is in one **state**. What happens to it is an **event**, perhaps with a detail. Its **table** has a
:class:`Row` for whatever can happen: the first row for the state and the event whose **guard** holds is taken. What is
in no row cannot happen: :class:`NotInTable` says that the machine is wrong, whoever runs it.

Of a row that is taken the next state is entered first; then its **actions** are done, in order. An action may raise an
event, of this machine or of another: that is done with, to its end, before the next action, and finds the machine in
its next state already. What an action is told by somebody else (how much the kernel took) is an event again: no action
sets a state.

Several machines may belong to one object, as the machines of a socket do: each has a table of its own, and the object
an attribute for its state. An event belongs to one machine. Guards and actions are methods of the object, called with
the event's detail, whichever machine they are of; in which order the machines do something is written in the row.

A table is data. It is compiled when a class is made that has it, with the methods of that class: a subclass may have
other methods of these names, or other rows. Nothing of that costs anything while a machine runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias

AND = " and "


class State(Enum):
    """A state of a machine, by what it is called."""

    __hash__ = object.__hash__  # that of Enum is many times slower, and every event is looked up by a state


class Row(NamedTuple):
    """What comes of an event in some states."""

    states: tuple[State, ...]
    event: str
    do: tuple[str, ...]
    """Actions, in order, by the names of methods ``(detail) -> None``."""
    to: State | None = None
    """The state that comes next; ``None``: the same as before."""
    when: str = ""
    """The guard: the name of a method ``(detail) -> bool``, or several with ``and``; empty: always."""
    otp: str = ""
    """What does it in OTP, in the forms of ``spec/sources.py``."""
    clauses: tuple[str, ...] = ()
    """The clauses that it is there for."""


class Table(NamedTuple):
    """A machine as data."""

    machine: str
    """What it is called."""
    state: str
    """The attribute that has its state."""
    rows: tuple[Row, ...]
    """Of several for one state and event the first whose guard holds is taken."""


class Transition(NamedTuple):
    """A row of one state, in words."""

    machine: str
    state: str
    event: str
    when: str


class Instead(NamedTuple):
    """What stands in the place of a row, for its states and its event."""

    do: tuple[str, ...]
    to: State | None = None
    when: str = ""


class Edit(NamedTuple):
    """Some rows are others."""

    states: tuple[State, ...]
    event: str
    when: str
    """The guard of the row that is meant, in each of the states."""
    instead: tuple[Instead, ...]
    """Those that stand in its place, in their order; none: it is removed."""


class Around(NamedTuple):
    """Some rows do more."""

    states: tuple[State, ...]
    event: str
    when: str
    """The guard of the row that is meant, in each of the states."""
    first: tuple[str, ...] = ()
    """Actions before those of the row."""
    last: tuple[str, ...] = ()
    """Actions behind them."""


class InFront(NamedTuple):
    """Some rows are tried after others."""

    states: tuple[State, ...]
    event: str
    when: str
    """The guard of the row that is meant, in each of the states."""
    rows: tuple[Instead, ...]
    """Those that are tried before it."""


class Addition(NamedTuple):
    """A row that is behind all others, if it is not there already."""

    machine: str
    row: Row


class TableError(Exception):
    """A table does not fit: whoever wrote it is wrong."""


class NotInTable(Exception):
    """Something happens that the table has no row for: the machine is wrong."""

    def __init__(self, machine: str, state: State, event: str) -> None:
        super().__init__(f"{machine}: no row for {event} while {state.value}")
        self.machine, self.state, self.event = machine, state, event


class Observer(Protocol):
    """Looks on. What it does must change nothing."""

    def passes(self, machine: Any, transition: Transition) -> None:
        """A machine takes a row: nothing of it is done yet."""


Guard: TypeAlias = Callable[[Any, Any], bool]
Action: TypeAlias = Callable[[Any, Any], None]
Compiled: TypeAlias = tuple[Guard | None, State | None, tuple[Action, ...], Transition]
Events: TypeAlias = dict[str, tuple[Table, str, dict[State, tuple[Compiled, ...]]]]


class Machine:
    """An object with the machines of :attr:`tables`. A class that has some is compiled as it is made."""

    tables: ClassVar[tuple[Table, ...]] = ()
    events: ClassVar[Events] = {}
    observer: Observer | None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.events = compiled(cls, cls.tables)

    def handle(self, event: str, detail: Any = None) -> None:
        """Do what the table says about ``event``. Raises :class:`NotInTable`, and what the actions raise."""
        table, attribute, rows = self.events[event]
        state = getattr(self, attribute)
        for guard, to, actions, transition in rows.get(state, ()):
            if guard is None or guard(self, detail):
                if self.observer is not None:
                    self.observer.passes(self, transition)
                if to is not None:
                    setattr(self, attribute, to)
                for action in actions:
                    action(self, detail)
                return
        raise NotInTable(table.machine, state, event)


def compiled(cls: type, tables: tuple[Table, ...]) -> Events:
    """``tables`` with the methods of ``cls``. Raises :class:`TableError` for what does not fit together."""
    events: Events = {}
    for table in tables:
        for row in table.rows:
            owner, _, rows = events.setdefault(row.event, (table, table.state, {}))
            if owner is not table:
                raise TableError(f"{row.event} is an event of {owner.machine} and of {table.machine}")
            guard, actions = _guard(cls, guards_of(row)), _methods(cls, row.do)
            for state in row.states:
                there = rows.get(state, ())
                if there and (there[-1][0] is None or row.when in [each[3].when for each in there]):
                    raise TableError(f"{table.machine}: a row is never taken: {row.event} while {state.value}")
                transition = Transition(table.machine, state.value, row.event, row.when)
                rows[state] = (*there, (guard, row.to, actions, transition))
    return events


AnyEdit: TypeAlias = Edit | Around | InFront | Addition
Meant: TypeAlias = tuple[State, str, str]
"""A row, by its state, its event and its guard."""


def rows_meant(edit: AnyEdit) -> Iterator[Meant]:
    """The rows that are others by an edit."""
    if not isinstance(edit, Addition):
        for state in edit.states:
            yield (state, edit.event, edit.when)


def edited(tables: tuple[Table, ...], *edits: AnyEdit) -> tuple[Table, ...]:
    """``tables`` with other rows. Raises :class:`TableError` for a row that is not there, or is edited twice."""
    meant: dict[Meant, Edit | Around | InFront] = {}
    added: dict[str, tuple[Row, ...]] = {}
    for edit in edits:
        if isinstance(edit, Addition):
            there = [row for table in tables if table.machine == edit.machine for row in table.rows]
            added[edit.machine] = (*added.get(edit.machine, ()), *([] if edit.row in there else [edit.row]))
            continue
        for row in rows_meant(edit):
            if meant.setdefault(row, edit) is not edit:
                raise TableError(f"two edits of one row: {in_words(row)}")
    made = tuple(
        [table._replace(rows=(*_edited_rows(table.rows, meant), *added.pop(table.machine, ()))) for table in tables]
    )
    if added:
        raise TableError(f"no such machine: {next(iter(added))}")
    if meant:
        raise TableError(f"no such row to edit: {in_words(next(iter(meant)))}")
    return made


def in_words(row: Meant) -> str:
    """What a row is called where it is missed."""
    state, event, when = row
    return f"{event} while {state.value}, {when or 'always'}"


def _edited_rows(rows: tuple[Row, ...], meant: dict[Meant, Edit | Around | InFront]) -> Iterator[Row]:
    for row in rows:
        for state in row.states:
            edit = meant.pop((state, row.event, row.when), None)
            if edit is None:
                yield row._replace(states=(state,))
            elif isinstance(edit, Around):
                yield row._replace(states=(state,), do=(*edit.first, *row.do, *edit.last))
            else:
                others = edit.instead if isinstance(edit, Edit) else edit.rows
                yield from [Row((state,), row.event, *each, otp=row.otp) for each in others]
                if isinstance(edit, InFront):
                    yield row._replace(states=(state,))


def guards_of(row: Row) -> tuple[str, ...]:
    """The names of its guards, all of which must hold."""
    return tuple(row.when.split(AND)) if row.when else ()


def transitions(*tables: Table) -> Iterator[Transition]:
    """All that the tables speak of, in their order."""
    for table in tables:
        for row in table.rows:
            for state in row.states:
                yield Transition(table.machine, state.value, row.event, row.when)


def _guard(cls: type, names: tuple[str, ...]) -> Guard | None:
    guards = _methods(cls, names)
    if len(guards) < 2:
        return guards[0] if guards else None

    def all_hold(machine: Any, detail: Any) -> bool:
        return all(guard(machine, detail) for guard in guards)

    return all_hold


def _methods(cls: type, names: tuple[str, ...]) -> tuple[Any, ...]:
    missing = [name for name in names if not callable(getattr(cls, name, None))]
    if missing:
        raise TableError(f"{cls.__name__} has no {', '.join(missing)}")
    return tuple([getattr(cls, name) for name in names])
