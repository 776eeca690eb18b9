"""Words from outside, made safe to show: the one function that all of them go through before anybody reads them."""

from __future__ import annotations

__all__ = ["encodable", "printable"]


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


def encodable(value: object) -> object:
    """``value``, of JSON, with every lone surrogate in it written out: no file can hold one, and no reader takes it."""
    if isinstance(value, str):
        return "".join([printable(each) if "\ud800" <= each <= "\udfff" else each for each in value])
    if isinstance(value, (list, tuple)):
        return [encodable(each) for each in value]
    if isinstance(value, dict):
        return {encodable(key): encodable(each) for key, each in value.items()}
    return value
