"""What comes before the first step of a script depends on its setting alone: it is done once, and then remembered.

Theory of operation
-------------------
Opening the sockets of a script takes a quarter of the time that its prediction takes, and most scripts have one of a
few hundred settings. So what is there after an opening is remembered, all of it: the system, and the runner with its
people. What cannot change all scripts share; everything else is made anew for each.

To be quick is all that this is for, and ``copy.deepcopy`` takes longer than opening does. So a function is written that
makes the copies and does nothing else, as dataclasses have theirs written. It depends on what refers to what, which is
the same for most settings; the values are handed to it, and nothing of them is in its text. Where something has no
copy, such as a coroutine, nothing is remembered: it is opened each time. So it is where it comes to a choice point.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import Any

from gen_tck.conformance.explorer.oracle.observed import ObservedNode
from gen_tck.conformance.explorer.script.runner import ScriptRunner
from gen_tck.conformance.explorer.script.script import Setting
from gen_tck.spec.terms import Atom, Handle

MOST_KNOWN = 2000
"""So many settings are known; then all of them are forgotten, so that memory stays flat."""


class Openings:
    """Begins scripts."""

    def __init__(self) -> None:
        self._known: dict[Setting, Remembered | None] = {}
        """Those that were opened: ``None`` if nothing is remembered of it yet."""
        self._functions: dict[str, Restore] = {}

    def begin(self, node: ObservedNode, setting: Setting) -> ScriptRunner:
        """A script in ``setting`` on ``node``, where nothing was done since it was cleared. Raises ``NodeError``."""
        if setting.further:  # drawn from so many that there will hardly be another script with these
            return ScriptRunner(node, setting)
        if setting not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[setting] = None
            return ScriptRunner(node, setting)
        remembered = self._known[setting]
        if remembered is not None:
            kept, runner = remembered.copied()
            node.keep(kept)
            assert isinstance(runner, ScriptRunner)
            return runner
        runner = ScriptRunner(node, setting)
        if not node.decisions.met:
            with suppress(CannotRemember):
                self._known[setting] = Remembered((node.kept(), runner), node.shared(), self._functions)
        return runner


_SHARED = (Atom, Handle, Enum, int, float, str, bytes, type, types.FunctionType, types.BuiltinFunctionType)
_CONTAINERS = (list, dict, set, deque, bytearray)

Restore = Callable[[list[Any], Callable[..., Any], type], Any]


class CannotRemember(Exception):
    """Something is there that has no copy."""


class Remembered:
    """Values and what they refer to, as they are now."""

    def __init__(self, values: tuple[object, ...], shared: Collection[object], known: dict[str, Restore]) -> None:
        """``shared``: what is not copied. ``known``: functions that were written before. Raises
        :class:`CannotRemember`."""
        writer = _Writer(shared)
        source = writer.source(values)
        if source not in known:
            names: dict[str, Restore] = {}
            exec(source, names)
            known[source] = names["restore"]
        self._restore, self._given = known[source], writer.given

    def copied(self) -> Any:
        """Copies, in a tuple as the values were."""
        return self._restore(self._given, object.__new__, partial)


class _Writer:
    """Writes a function that makes copies."""

    def __init__(self, shared: Collection[object]) -> None:
        self._shared = {id(each) for each in shared}
        self._names: dict[int, str] = {}
        self._made: list[str] = []
        self._filled: list[str] = []
        self.given: list[Any] = []
        """What is handed to the function."""

    def source(self, values: tuple[object, ...]) -> str:
        """The function."""
        told = "".join([f"{self._told(each)}, " for each in values])
        lines = ["def restore(given, new, partial):", *self._made, *self._filled, f"return ({told})"]
        return "\n    ".join(lines)

    def _give(self, value: object) -> str:
        if value is None or value is True or value is False:
            return str(value)
        self.given.append(value)
        return f"given[{len(self.given) - 1}]"

    def _is_shared(self, value: object) -> bool:
        if value is None or isinstance(value, _SHARED) or id(value) in self._shared:
            return True
        return isinstance(value, (tuple, frozenset)) and all(map(self._is_shared, value))

    def _told(self, value: Any) -> str:
        """An expression for a copy of ``value``."""
        if self._is_shared(value):
            return self._give(value)
        if type(value) is tuple:
            return f"({''.join([f'{self._told(each)}, ' for each in value])})"
        if type(value) is types.MethodType:
            return f"{self._told(value.__self__)}.{value.__name__}"
        if type(value) is partial and not value.keywords:
            return f"partial({', '.join(map(self._told, (value.func, *value.args)))})"
        return self._names.get(id(value)) or self._copy(value)

    def _copy(self, value: Any) -> str:
        name = self._names[id(value)] = f"_{len(self._names)}"
        kind = type(value)
        if kind in _CONTAINERS:
            self._copy_container(name, value)
        elif kind.__module__.startswith("gen_tck.") and hasattr(value, "__dict__"):
            self._made.append(f"{name} = new({self._give(kind)})")
            self._filled += [f"{name}.{field} = {self._told(each)}" for field, each in vars(value).items()]
        elif kind.__module__.startswith("gen_tck.") and hasattr(kind, "__slots__"):
            self._made.append(f"{name} = new({self._give(kind)})")
            self._filled += [f"{name}.{field} = {self._told(getattr(value, field))}" for field in kind.__slots__]
        else:
            raise CannotRemember(kind.__name__)
        return name

    def _copy_container(self, name: str, value: Any) -> None:
        pairs = value.items() if type(value) is dict else ()
        if not value and type(value) in _EMPTY:
            self._made.append(f"{name} = {_EMPTY[type(value)]}")
        elif type(value) is bytearray or all(map(self._is_shared, pairs or value)):
            self._made.append(f"{name} = {self._give(value.copy())}.copy()")
        elif type(value) is dict:
            self._made.append(f"{name} = {{}}")
            self._filled += [f"{name}[{self._told(key)}] = {self._told(each)}" for key, each in pairs]
        elif type(value) is list:
            self._made.append(f"{name} = []")
            self._filled += [f"{name}.append({self._told(each)})" for each in value]
        else:
            raise CannotRemember(f"{type(value).__name__} of what is copied")


_EMPTY: dict[type, str] = {list: "[]", dict: "{}", set: "set()", bytearray: "bytearray()"}
