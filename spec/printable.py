"""Words from outside, made safe to show: :func:`printable` is what all of them go through before anybody reads them."""

from __future__ import annotations

__all__ = ["MOST_SHOWN", "encodable", "printable", "shown"]

MOST_SHOWN = 300
"""Characters of what somebody else said that a message shows."""


def printable(text: str) -> str:
    r"""``text`` on one line, with all that is no letter, mark, digit, sign or plain space written out as ``\x{1b}``.

    What a terminal, a log or an editor would obey or hide is such: control characters (newlines and tabs too), what
    turns the direction of writing, line separators, characters without width, private and unassigned ones and lone
    surrogates. So the result can be encoded in UTF-8 and stand in XML. What is printable already stays as it is:
    doing it twice is doing it once.
    """
    if text.isprintable():
        return text
    return "".join([each if each.isprintable() else f"\\x{{{ord(each):x}}}" for each in text])


def shown(text: str) -> str:
    """``text`` for a message: on one line, printable, and not too long."""
    text = printable(text[: MOST_SHOWN + 1])
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."


def encodable(value: object) -> object:
    """``value``, of JSON, with every lone surrogate in it written out: no file can hold one, and no reader takes it."""
    if isinstance(value, str):
        return "".join([printable(each) if "\ud800" <= each <= "\udfff" else each for each in value])
    if isinstance(value, (list, tuple)):
        return [encodable(each) for each in value]
    if isinstance(value, dict):
        return {encodable(key): encodable(each) for key, each in value.items()}
    return value
