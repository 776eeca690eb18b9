"""What a clause cites: pages of the manual, functions of OTP's source, OTP's tests, RFCs, manual pages of the system.

    :source: gen_tcp:recv/2 ("in passive mode"); inet:setopts/2, option active; inet_drv.c: tcp_deliver
    :source: gen_tcp_misc_SUITE: otp_17492; RFC 9293, section 3.6; tcp(7)

Separated by semicolons. Each may go on with a comma and which part of it is meant, and with a remark or a quotation in
parentheses. Whatever is cited can be opened by everybody; what was seen where is not a source (``observed.toml``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["KINDS", "Source", "SourceError", "parse"]

Kind = Literal["manual", "guide", "code", "test", "rfc", "system"]

KINDS: dict[Kind, re.Pattern[str]] = {
    "manual": re.compile(
        r"(?P<file>gen_tcp|inet|erlang|file|socket|erl_driver|driver_entry|erl):(?P<name>[a-z]\w*(/\d+)?)"
    ),
    "guide": re.compile(
        r"(?P<file>reference manual|efficiency guide|interoperability tutorial): (?P<name>[A-Z]\w*(?: \w+)*)"
    ),
    "code": re.compile(r"(?P<file>[a-z]\w*\.(?:erl|c|h|hrl)): (?P<name>[A-Za-z_]\w*(/\d+)?)"),
    "test": re.compile(r"(?P<file>[a-z]\w*_SUITE): (?P<name>[a-z]\w*)"),
    "rfc": re.compile(r"RFC (?P<file>\d{3,4}), (?P<name>section \d[\d.]*)"),
    "system": re.compile(r"(?P<file>[a-z_]+)\((?P<name>[2-7])\)"),
}
"""What is cited, by how it is written."""

_REST = re.compile(r"(?:, (?P<part>[^()]+?))?(?: \((?P<remark>.+)\))?")


class SourceError(Exception):
    """A citation that nobody could open; the message is one line."""


@dataclass(frozen=True)
class Source:
    """One thing that a clause cites."""

    kind: Kind
    file: str
    """Module, file, suite, or number."""
    name: str
    """Function with its arity where it has one, chapter, section, or test."""
    part: str = ""
    remark: str = ""


def parse(text: str) -> list[Source]:
    """What ``text`` cites. Raises :class:`SourceError`."""
    return [_one(each.strip()) for each in _split(text)]


def _split(text: str) -> list[str]:
    """At the semicolons that are in no parentheses."""
    found, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == ";" and depth <= 0:
            found.append("")
        else:
            found[-1] += character
    return found


def _one(text: str) -> Source:
    for kind, form in KINDS.items():
        begin = form.match(text)
        rest = begin and _REST.fullmatch(text, begin.end())
        if begin and rest:
            return Source(kind, begin["file"], begin["name"], rest["part"] or "", rest["remark"] or "")
    raise SourceError(
        f"{text!r} is nothing that can be opened: write gen_tcp:recv/2, inet_drv.c: tcp_deliver, "
        "gen_tcp_misc_SUITE: otp_17492, RFC 9293, section 3.6, or tcp(7)"
    )
