"""Scripts in Erlang's external term format, for a node that plays them by itself.

Scripts share most of their steps and changes, so what was encoded once is kept: a script costs a few lookups.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from gen_tck.conformance.explorer.oracle.oracle import Prediction
from gen_tck.conformance.explorer.script.runner import listening
from gen_tck.conformance.explorer.script.script import PEERS, STALLED_BUFFER, Call, Exit, Peer, Setting, Sleep, Step
from gen_tck.spec.terms import Atom, Improper, List, Map, Term

_LONG = struct.Struct(">I")
MOST_KEPT = 20_000
"""Encoded values that are kept; then all are forgotten, so that memory stays flat."""


def encode(value: Any) -> bytes:
    """``value`` in the external term format, without the version byte. Strings become atoms.

    Raises ``TypeError`` for what is no term, and for handles, which are the node's own.
    """
    if isinstance(value, (Atom, str)):
        return _atom((value.name if isinstance(value, Atom) else value).encode())
    if isinstance(value, bool):
        return encode("true" if value else "false")
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return b"F" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return b"m" + _LONG.pack(len(value)) + value
    if isinstance(value, (List, list)):
        return _list([encode(each) for each in value])
    if isinstance(value, Improper):
        return _list([encode(each) for each in value.heads], encode(value.tail))
    if isinstance(value, Map):
        pairs = [encode(key) + encode(each) for key, each in value.pairs.items()]
        return b"t" + _LONG.pack(len(pairs)) + b"".join(pairs)
    if isinstance(value, tuple):
        size = b"h" + bytes([len(value)]) if len(value) < 256 else b"i" + _LONG.pack(len(value))
        return size + b"".join([encode(each) for each in value])
    raise TypeError(f"{value!r} cannot be encoded")


def _atom(name: bytes) -> bytes:
    return b"w" + bytes([len(name)]) + name if len(name) < 256 else b"v" + struct.pack(">H", len(name)) + name


def _integer(value: int) -> bytes:
    if 0 <= value < 256:
        return b"a" + bytes([value])
    if -(1 << 31) <= value < 1 << 31:
        return b"b" + struct.pack(">i", value)
    digits = abs(value).to_bytes((value.bit_length() + 7) // 8, "little")
    size = b"n" + bytes([len(digits)]) if len(digits) < 256 else b"o" + _LONG.pack(len(digits))
    return size + bytes([value < 0]) + digits


def _list(items: Sequence[bytes], tail: bytes = b"j") -> bytes:
    return b"l" + _LONG.pack(len(items)) + b"".join(items) + tail if items else tail


def _action(step: Step) -> Term:
    if isinstance(step, Call):
        return ("call", step.actor, Atom(step.module), Atom(step.function), List(step.args))
    if isinstance(step, Exit):
        return ("exit", step.actor, step.reason)
    if isinstance(step, Peer):
        return ("peer", PEERS[step.which], step.what, step.part or step.data)
    assert isinstance(step, Sleep)
    return ("sleep", step.milliseconds)


def _change(change: Any) -> Any:
    kind, where, what = change
    if kind == "mailbox":
        return (kind, where, List(what))
    return (kind, List(where), what) if kind in PEERS else change


class Encoder:
    """Encodes scripts for the module ``gen_tck_scripts``."""

    def __init__(self) -> None:
        self._kept: dict[Any, bytes] = {}

    def batch(self, scripts: Sequence[tuple[int, Prediction]]) -> bytes:
        """Numbered scripts."""
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        return b"\x83" + _list(
            [b"h\x02b" + _LONG.pack(number) + self._script(prediction) for number, prediction in scripts]
        )

    def _script(self, prediction: Prediction) -> bytes:
        kept = self._kept
        setting = prediction.script.setting
        parts = []
        quiet = prediction.quiet
        for index, (step, changes) in enumerate(zip(prediction.script.all_steps, prediction.expected, strict=True)):
            key = (step, changes, index in quiet)
            encoded = kept.get(key)
            if encoded is None:
                # The peers first: what they read makes room, and calls come back.
                wanted = [_change(each) for each in sorted(changes, key=lambda each: each[0] not in PEERS)]
                wanted += ["settle"] if index in quiet else []
                encoded = kept[key] = encode((_action(step), wanted))
            parts.append(encoded)
        encoded = kept.get(setting)
        if encoded is None:
            encoded = kept[setting] = encode(_setting(setting))
        return b"h\x02" + encoded + _list(parts)


def _setting(setting: Setting) -> Any:
    options, buffer = setting.options(), STALLED_BUFFER if setting.stalled else 0
    return (options, buffer, setting.second, listening(setting) if setting.listening else "none")
