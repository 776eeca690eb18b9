"""Documents that the kit makes, safe to print: whatever is in them, a terminal or a log shows it, and obeys nothing.

A :data:`Document` is made here and nowhere else; only such a one can be printed or written to the file of a report.
"""

from __future__ import annotations

import json
import re
from typing import NewType

import msgspec

from gen_tck.spec.printable import encodable, printable

__all__ = ["Document", "in_json", "in_json_lines", "in_text", "one_line"]

Document = NewType("Document", bytes)
"""UTF-8, in lines of printable characters."""


def one_line(text: str) -> str:
    """``text`` on one line, as :func:`~gen_tck.spec.printable.printable` shows it; nobody who runs a job obeys it.

    GitHub, Azure and TeamCity take commands from the output of a job: ``::error::`` where a line begins, and
    ``##[error]``, ``##vso[...]`` and ``##teamcity[...]`` anywhere.
    """
    return _no_command(printable(text))


def in_text(text: str) -> Document:
    """The document that ``text`` is, line by line."""
    lines = ("\t".join(map(printable, line.split("\t"))) for line in text.split("\n"))
    return Document("\n".join(map(_no_command, lines)).encode())


def in_json(value: object) -> Document:
    """``value`` as JSON for people to read: in lines, and with escapes for what is not printable."""
    try:
        raw = msgspec.json.encode(value)
    except UnicodeEncodeError:  # half of a surrogate pair
        raw = msgspec.json.encode(encodable(msgspec.to_builtins(value)))
    lines = msgspec.json.format(raw, indent=1).decode().split("\n")
    return Document("".join([f"{_MARK.sub(_U_HASH, _escaped(line))}\n" for line in lines]).encode())


def in_json_lines(content: bytes) -> Document:
    """``content``, JSON in lines such as a trace, with escapes for what is not printable."""
    if b"##" not in content and not content.translate(None, _PLAIN):  # nearly always, and each case of a run has some
        return Document(content)
    return Document("\n".join([_MARK.sub(_U_HASH, _escaped(line)) for line in content.decode().split("\n")]).encode())


_PLAIN = b"\n" + bytes(range(0x20, 0x7F))
_COLONS = re.compile(r"^(\s*):(?=:)")
_MARK = re.compile(r"#(?=#\w*\[)")
_U_HASH = r"\\u0023"


def _no_command(line: str) -> str:
    return _MARK.sub(r"\\x{23}", _COLONS.sub(r"\1\\x{3a}", line))


def _escaped(line: str) -> str:
    """``line`` of JSON, in which only strings can hold what is not printable."""
    if line.isprintable():
        return line
    return "".join([each if each.isprintable() else _u(each) for each in line])


def _u(character: str) -> str:
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]
