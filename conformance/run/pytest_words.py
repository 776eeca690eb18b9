"""What pytest says for the kit, of nodes and their words: made safe before pytest prints it.

Like :mod:`gen_tck.conformance.output.screen`, but for runs of plain ``pytest``, where pytest has the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

import pytest
from _pytest._code.code import TerminalRepr

from gen_tck.conformance.output.documents import in_text, one_line

__all__ = ["make_safe", "make_safe_repr", "skip", "stop", "summarize", "usage_error"]


def make_safe(report: pytest.TestReport) -> None:
    """Write out what is not printable in the words of ``report``: exceptions, and what was printed meanwhile."""
    shown = report.longrepr
    if isinstance(shown, str):
        report.longrepr = _lines(shown)
    elif isinstance(shown, tuple):
        report.longrepr = (*shown[:2], _lines(shown[2]))
    elif isinstance(shown, TerminalRepr):
        make_safe_repr(shown)
    report.sections[:] = [(_lines(name), _lines(text)) for name, text in report.sections]


def make_safe_repr(shown: TerminalRepr) -> None:
    """The same, in place, for the objects that pytest draws an exception from."""
    for name, each in vars(shown).items():
        setattr(shown, name, _safe(each))


def _safe(value: object) -> object:
    if isinstance(value, str):
        return _lines(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(_safe, value))
    if isinstance(value, TerminalRepr):
        make_safe_repr(value)
    return value


def _lines(text: str) -> str:
    return in_text(text).decode()


def stop(reason: str) -> NoReturn:
    """End the session: status 2."""
    pytest.exit(one_line(reason), returncode=2)


def skip(reason: str) -> NoReturn:
    """Leave a test out."""
    pytest.skip(one_line(reason))


def usage_error(lines: Iterable[str]) -> pytest.UsageError:
    """What to raise for options that make no sense: a line for each thing that is wrong."""
    return pytest.UsageError(*map(one_line, lines))


def summarize(reporter: pytest.TerminalReporter, lines: Iterable[str]) -> None:
    """A section of the kit's own at the end."""
    reporter.section("gen_tck")
    for line in lines:
        reporter.line(one_line(line))
