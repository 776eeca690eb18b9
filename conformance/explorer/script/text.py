"""Scripts read from their text, which people write and ``str(script)`` gives::

    connect with [binary,{active,false}]
    owner: gen_tcp:recv('$socket', 0, infinity)
    peer: send <<"abc">>
    other gets exit signal kill
    350 ms pass

The first line is the setting: the options of ``gen_tcp:connect`` and, after commas, what else it is (:data:`REMARKS`).
Every other line is a step. Empty lines and lines that begin with ``%`` are passed over, and so is what follows ``=>``,
and the look at the end that every script has: the lines of a finding are a script as they stand.

A script comes from anywhere, and what it calls is run: :mod:`gen_tck.spec.admission` says what it may call. Nor may it
ask what every node answers in another way (:data:`INCOMPARABLE`), as nothing would follow from that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.conformance.explorer.script.script import (
    ACCEPTED,
    ACTORS,
    BULK,
    BULK_SIZE,
    DEEDS,
    LISTENER,
    NAMES,
    PEERS,
    REMARKS,
    SECOND,
    SOCKET,
    UNSAID,
    WATCHER,
    Call,
    Exit,
    Peer,
    Script,
    Setting,
    Sleep,
    Step,
    is_possible,
    last_looks,
    mapped,
)
from gen_tck.conformance.explorer.script.settings import FURTHER
from gen_tck.spec import admission
from gen_tck.spec.calls import INCOMPARABLE
from gen_tck.spec.term_text import NoTermError, read, read_sequence
from gen_tck.spec.terms import Atom, Handle, Pid, Port, Term, show

_BINARY = Atom("binary")
LONGEST_SLEEP = 60_000
"""Milliseconds that a step may let pass."""
LARGEST_PART = 1 << 30
"""Bytes that a step may let a stalled peer read."""
_HANDLES: dict[Term, Handle] = {
    **{name: Pid(number) for number, name in enumerate(NAMES)},
    **{name: Port(number) for number, name in enumerate((SOCKET, SECOND, LISTENER, *ACCEPTED))},
}
"""What the names of a script stand for."""


class ScriptTextError(ValueError):
    """A text is no script; the message says in which line and column, what was expected and what is there."""


class _Line:
    """A line that is read from left to right."""

    def __init__(self, number: int, text: str) -> None:
        self.number, self.text, self.at = number, text, 0

    def wrong(self, expected: str, at: int | None = None) -> ScriptTextError:
        """What to raise when something else stands at ``at``."""
        at = self.at if at is None else at
        there = self.text[at:].strip()
        found = repr(there if len(there) <= 40 else f"{there[:40]}...") if there else "the end of the line"
        return self.refused(f"{expected} expected, found {found}", at)

    def refused(self, why: str, at: int) -> ScriptTextError:
        """What to raise when what stands at ``at`` cannot be taken."""
        return ScriptTextError(f"line {self.number}, column {at + 1}: {why}")

    def word(self, word: str) -> bool:
        """Whether ``word`` comes next; then it is passed."""
        found = self.text.startswith(word, self.at)
        self.at += len(word) * found
        return found

    def one_of(self, words: Sequence[str]) -> str | None:
        """The one of ``words`` that comes next, if any does; then it is passed."""
        return next((each for each in words if self.word(each)), None)

    def term(self) -> Term:
        """The term that comes next."""
        return self._read(lambda: read(self.text, self.at))

    def arguments(self) -> tuple[Term, ...]:
        """The terms up to the closing parenthesis."""
        return tuple(self._read(lambda: read_sequence(self.text, self.at, ")")))

    def _read(self, how: Callable[[], tuple[Any, int]]) -> Any:
        try:
            value, self.at = how()
        except NoTermError as reason:
            raise self.wrong(reason.expected, reason.at) from None
        return value

    def end(self) -> None:
        """Nothing more comes, or only what follows from the step."""
        if _REST.match(self.text, self.at) is None:
            raise self.wrong("the end of the line")


_REST = re.compile(r"\s*(=>.*)?$")
_FUNCTION = re.compile(r"([a-z]\w*):([a-z]\w*)\(")
_WORD = re.compile(r"\w+")
_COUNT = re.compile(r" ([0-9]+)")
_SLEEP = re.compile(r"([0-9]+) ms pass")


def parse(text: str, limits: Limits = DEFAULTS) -> Script:
    """The script that ``text`` is, within ``limits``. Raises :class:`ScriptTextError`."""
    lines = list(_lines(text))
    if not lines:
        raise ScriptTextError("line 1, column 1: 'connect with' and options expected, found the end of the text")
    setting = _setting(lines[0])
    steps = [(line, _step(line, setting)) for line in lines[1:]]
    bulk = 0
    for line, step in steps:
        bulk += BULK_SIZE * _count(step.args, BULK) if isinstance(step, Call) else 0
        if bulk > limits.repeats:
            raise line.refused(f"runs of over {limits.repeats} bytes so far (limit repeats)", 0)
    looks = last_looks(setting, [step for _, step in steps])
    while steps and steps[-1][1] in looks:
        steps.pop()
    for line, step in steps:
        if isinstance(step, (Call, Exit)) and step.actor == WATCHER:
            raise line.wrong("a step of another than the watcher, who only looks at the end,", 0)
    return Script(setting, tuple([step for _, step in steps]))


def _count(values: tuple[Term, ...], wanted: Term) -> int:
    """How often ``wanted`` stands in ``values``, however deep."""
    found = 0

    def look(value: Term) -> Term:
        nonlocal found
        found += value is wanted
        return value

    for each in values:
        mapped(each, look)
    return found


def _lines(text: str) -> Iterator[_Line]:
    for number, content in enumerate(text.split("\n"), 1):
        line = _Line(number, content.rstrip())
        line.at = len(line.text) - len(line.text.lstrip())
        if line.at < len(line.text) and not line.text.startswith("%", line.at):
            yield line


def _setting(line: _Line) -> Setting:
    if not line.word("connect with "):
        raise line.wrong("'connect with' and options")
    began = line.at
    options = line.term()
    fields: dict[str, Any] = {}
    while line.word(", "):
        remark = line.one_of(tuple(REMARKS.values()))
        if remark is None:
            raise line.wrong(" or ".join(map(repr, REMARKS.values())))
        fields |= {field: True for field, words in REMARKS.items() if words == remark}
    line.end()
    further: list[Term] = []
    binary = False
    for option in options if isinstance(options, tuple) else ():
        name = str(option[0]) if type(option) is tuple and len(option) == 2 else ""
        if name in Setting._fields and name not in fields:
            truth = isinstance(Setting._field_defaults[name], bool)
            fields[name] = option[1] is Atom("true") if truth else option[1]
        elif option in FURTHER:
            further.append(option)
        binary = binary or option is _BINARY
    setting = Setting(**({"active": UNSAID} | fields), binary=binary, further=tuple(further))
    if not isinstance(options, tuple) or sorted(map(show, options)) != sorted(map(show, setting.options())):
        raise line.wrong(f"a setting of scripts, such as {show(setting.options())},", began)
    return setting


def _step(line: _Line, setting: Setting) -> Step:
    began = line.at
    step = _of_actor(line) or _of_peer(line) or _sleep(line)
    if step is None:
        raise line.wrong(f"a step ({', '.join(ACTORS)}, peer, or milliseconds that pass)")
    line.end()
    if not is_possible(step, setting):
        raise line.wrong("a step with the sockets of this setting", began)
    if isinstance(step, Call):
        _admit(line, step, began + len(f"{ACTORS[step.actor]}: "))
    return step


def _of_actor(line: _Line) -> Step | None:
    for number, name in enumerate(ACTORS):
        if line.word(f"{name}: "):
            found = _FUNCTION.match(line.text, line.at)
            if found is None:
                raise line.wrong("a call, as in gen_tcp:recv('$socket', 0),")
            line.at = found.end()
            return Call(number, found[1], found[2], line.arguments())
        if line.word(f"{name} gets exit signal "):
            began = line.at
            reason = line.term()
            if not isinstance(reason, Atom):
                raise line.wrong("an atom", began)
            return Exit(number, reason)
    return None


def _admit(line: _Line, call: Call, began: int) -> None:
    """Raise :class:`ScriptTextError` unless a script may have ``call`` made."""
    met: set[Term] = set()

    def real(value: Term) -> Term:
        met.add(value)
        return _HANDLES.get(value, value)

    try:
        admission.check(call.module, call.function, [mapped(each, real) for each in call.args])
    except admission.NotAdmitted as reason:
        raise line.refused(str(reason), began) from None
    if f"{call.module}.{call.function}/{len(call.args)}" in INCOMPARABLE:
        raise line.refused(f"what {call.module}:{call.function} answers is another on every node", began)
    if NAMES[WATCHER] in met:
        raise line.refused(f"nobody knows {show(NAMES[WATCHER])}, who only looks at the end", began)


def _of_peer(line: _Line) -> Step | None:
    which = next((each for each, name in enumerate(PEERS) if line.word(f"{name}: ")), None)
    if which is None:
        return None
    word = _WORD.match(line.text, line.at)
    what = next((each for each in DEEDS if word is not None and word[0] == each), None)
    if what is None:
        raise line.wrong(" or ".join(DEEDS))
    line.at += len(what)
    if what == "read" and (count := _COUNT.match(line.text, line.at)) is not None:
        line.at = count.end()
        if len(count[1]) > len(str(LARGEST_PART)) or not 0 < int(count[1]) <= LARGEST_PART:
            raise line.wrong(f"1 to {LARGEST_PART} bytes", count.start(1))
        return Peer(what, which=which, part=int(count[1]))
    if what != "send":
        return Peer(what, which=which)
    began = line.at
    data = line.term()
    if not isinstance(data, bytes):
        raise line.wrong("a binary", began)
    return Peer(what, data, which)


def _sleep(line: _Line) -> Step | None:
    found = _SLEEP.match(line.text, line.at)
    if found is None:
        return None
    if len(found[1]) > len(str(LONGEST_SLEEP)) or int(found[1]) > LONGEST_SLEEP:
        raise line.wrong(f"at most {LONGEST_SLEEP} ms")
    line.at = found.end()
    return Sleep(int(found[1]))
