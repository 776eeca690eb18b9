"""How an exchange comes to nothing; and what any of them may come upon, which sentence is broken then, what to mend."""

from __future__ import annotations

from typing import NamedTuple


class Breach(NamedTuple):
    """A way to break the protocol, whatever the exchange is about."""

    says: str
    """The sentence of ``PROTOCOL.md`` that is broken, word for word."""
    mend: str
    """What whoever wrote the program is to do about it."""


NO_LINE = Breach(
    "Either side then sends lines: one JSON object each, in UTF-8, ended by a newline",
    "write each answer as the tables have it, in one line: `id` as the number that it is, without quotation marks,"
    " beside it the field of that request, and none that the tables do not name; `at` says where in the line it is",
)
"""A line that is none of the protocol."""
NO_TERM = Breach(
    "A term is written as its row says, wherever it stands.",
    "write terms as the table of terms has them: each an object with its tag, but for numbers and proper lists; `$h` is"
    " a number, without quotation marks, and stands beside its `kind`",
)
"""What should be a term."""
SILENT = Breach(
    "It is answered by exactly one line with that `id`.",
    "write one line for each request, end it with a newline, and flush it: what waits in a buffer never comes",
)
"""A program that has never answered."""
BREACHES = (NO_LINE, NO_TERM, SILENT)
"""All of them."""


class Broken(Exception):
    """The program broke the protocol; the message, one line, is what it said or did.

    What any exchange may come upon has its ``breach``: that fits better than the words of the exchange.
    """

    def __init__(self, saw: str, breach: Breach | None = None) -> None:
        super().__init__(saw)
        self.breach = breach


class Skipped(Exception):
    """The exchange cannot be played with this program; the message, one line, says why."""
