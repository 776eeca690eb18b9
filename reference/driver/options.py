"""Socket options: names, defaults, which values are valid, and whose business each one is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.raw import checked
from gen_tck.reference.errors import OutOfScope
from gen_tck.spec import scope
from gen_tck.spec.framings import framing_of
from gen_tck.spec.raw_options import raw_setting
from gen_tck.spec.terms import Atom, List, Term

Check = Callable[[Term], bool]

MAX_COUNT = 32767


class BadOption(Exception):
    """An unknown option or a value it does not take."""


def _boolean(value: Term) -> bool:
    return value is a.true or value is a.false


def _size(value: Term) -> bool:
    return isinstance(value, int) and 0 <= value < 1 << 31


def _from_one(value: Term) -> bool:
    """A size of which no clause says what it is if it is 0."""
    if value == 0:
        raise OutOfScope("a buffer of no bytes")
    return _size(value)


def _byte(value: Term) -> bool:
    if isinstance(value, int) and not 0 <= value <= 255:
        raise OutOfScope("a delimiter that is no byte")
    return isinstance(value, int)


def _watermark(value: Term) -> bool:
    return isinstance(value, int)


def _queue_watermark(value: Term) -> bool:
    return isinstance(value, int) and 1 <= value < 1 << 31


def _active(value: Term) -> bool:
    return _boolean(value) or value is a.once or (isinstance(value, int) and -MAX_COUNT - 1 <= value <= MAX_COUNT)


def _timeout(value: Term) -> bool:
    return value is a.infinity or (isinstance(value, int) and value >= 0)


def _packet(value: Term) -> bool:
    return framing_of(value) is not None


def _linger(value: Term) -> bool:
    if not (type(value) is tuple and len(value) == 2 and _boolean(value[0]) and isinstance(value[1], int)):
        return False
    if not 0 <= value[1] < 1 << 16:
        raise OutOfScope("lingering for so long")
    return True


def _one_of(*names: str) -> Check:
    values = [Atom(name) for name in names]
    return lambda value: value in values


# What the driver keeps: name -> (default, check).
DRIVER_OPTIONS: dict[str, tuple[Any, Check]] = {
    "active": (a.true, _active),
    "mode": (a.list, _one_of("list", "binary")),
    "packet": (0, _packet),
    "packet_size": (0, _size),
    "line_delimiter": (10, _byte),
    "header": (0, _size),
    "deliver": (a.term, _one_of("term", "port")),
    "exit_on_close": (a.true, _boolean),
    "show_econnreset": (a.false, _boolean),
    "buffer": (1460, _from_one),
    "send_timeout": (a.infinity, _timeout),
    "send_timeout_close": (a.false, _boolean),
    "delay_send": (a.false, _boolean),
    "high_watermark": (8192, _watermark),
    "low_watermark": (4096, _watermark),
    "high_msgq_watermark": (8192, _queue_watermark),
    "low_msgq_watermark": (4096, _queue_watermark),
}

# What the operating system keeps; not to be had without a connection.
KERNEL_OPTIONS: dict[str, Check] = {
    "recbuf": _from_one,
    "sndbuf": _from_one,
    "nodelay": _boolean,
    "keepalive": _boolean,
    "linger": _linger,
    "reuseaddr": _boolean,
    "reuseport": _boolean,
    "reuseport_lb": _boolean,
    "ipv6_v6only": _boolean,
    "user_timeout": _size,
}


def refuse(outside: Iterable[str]) -> None:
    """Raise :class:`OutOfScope` if there is anything to say of what is out of scope (:mod:`gen_tck.spec.scope`)."""
    for each in filter(None, outside):
        raise OutOfScope(each)


def normal(options: Iterable[Term]) -> list[tuple[str, Term]]:
    """``options`` as pairs of a known name and a valid value.

    Raises :class:`BadOption` at the first that is not; :class:`OutOfScope` if the specification leaves one of them out.
    """
    if not isinstance(options, List):
        raise BadOption
    refuse(map(scope.outside_setting, options))
    return [setting(each) for each in options]


def setting(option: Term) -> tuple[str, Term]:
    """One of them. Raises :class:`BadOption`."""
    if option in (a.binary, a.list):
        return "mode", option
    if raw := raw_setting(option):
        return "raw", checked(raw)
    if type(option) is tuple and len(option) == 2 and isinstance(option[0], Atom):
        name = option[0].name
        check = DRIVER_OPTIONS[name][1] if name in DRIVER_OPTIONS else KERNEL_OPTIONS.get(name)
        if check is not None and check(option[1]):
            return name, option[1]
    raise BadOption


def is_spent(settings: list[tuple[str, Term]]) -> bool:
    """Whether the mode that these set counts, and has nothing left to count."""
    modes = [value for name, value in settings if name == "active"]
    return bool(modes) and isinstance(modes[-1], int) and modes[-1] <= 0
