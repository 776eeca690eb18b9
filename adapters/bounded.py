"""JSON from outside, decoded within limits: how deep it is nested, and how many values it holds.

Whoever takes values apart calls itself at each level of them, and a few characters can say a value that takes a
thousand times their room. So what comes from outside is looked at before it is decoded, and then is neither too deep
nor too big for anybody.
"""

from __future__ import annotations

from typing import Any, TypeVar, overload

import msgspec

from gen_tck.adapters.limits import DEFAULTS, Limits

_T = TypeVar("_T")

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))


class TooMuch(ValueError):
    """A text says more than a limit allows."""

    def __init__(self, what: str, limit: str) -> None:
        super().__init__(f"{what} (limit {limit})")
        self.what, self.limit = what, limit


def check(text: bytes, limits: Limits = DEFAULTS) -> None:
    """Raise :class:`TooMuch` if ``text``, which should be JSON, is nested too deeply or holds too many values."""
    if len(text) > limits.message:
        values = text.count(b",") + text.count(b"[") + text.count(b"{")
        if values > limits.message:
            raise TooMuch(f"over {limits.message} values", "message")
    if len(text) > limits.nesting and _is_deeper(text, limits.nesting):
        raise TooMuch(f"nested deeper than {limits.nesting} levels", "nesting")


def _is_deeper(text: bytes, levels: int) -> bool:
    """Whether brackets are nested deeper than that. It takes no Python code for each of them."""
    if text.count(b"[") + text.count(b"{") <= levels:
        return False
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    outside = text.translate(_BRACKETS, _NO_BRACKETS).split(b'"')[::2]
    brackets = b"".join(outside)
    for _ in range(levels):
        fewer = brackets.replace(b"[]", b"")
        if len(fewer) == len(brackets):
            return brackets.count(b"[") > levels  # they do not match: whoever decodes it comes no deeper than this
        brackets = fewer
    return b"[" in brackets


@overload
def decode(text: bytes, *, limits: Limits = ...) -> Any: ...
@overload
def decode(text: bytes, kind: type[_T], limits: Limits = ...) -> _T: ...
def decode(text: bytes, kind: Any = Any, limits: Limits = DEFAULTS) -> Any:
    """What ``text`` says, as msgspec decodes it. Raises :class:`TooMuch`, ``msgspec.MsgspecError``."""
    check(text, limits)
    return msgspec.json.decode(text, type=kind)
