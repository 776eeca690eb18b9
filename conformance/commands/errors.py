"""The errors of a command: what was asked for cannot be done, and how that is said."""

from __future__ import annotations

from collections.abc import Iterable

import click

from gen_tck.conformance.output.documents import one_line
from gen_tck.conformance.output.streams import STDERR

__all__ = ["COULD_NOT_TELL", "Failed", "say_error"]

COULD_NOT_TELL = 2
"""The exit status where neither success nor failure is proved."""


class Failed(click.ClickException):
    """What was asked for cannot be done: a line for each thing that is wrong."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(map(one_line, lines)))
        self.lines = lines

    @classmethod
    def of(cls, reason: Exception) -> Failed:
        """For ``reason``, which may tell of several ``problems``."""
        problems: Iterable[object] = getattr(reason, "problems", ())
        return cls(*(map(str, problems) if problems else [str(reason)]))


def say_error(reason: click.ClickException) -> None:
    """Say on standard error what is wrong, as click does."""
    if isinstance(reason, click.UsageError) and reason.ctx is not None:
        for line in reason.ctx.get_usage().splitlines():
            STDERR.line(line)
        STDERR.line(f"Try '{reason.ctx.command_path} {reason.ctx.help_option_names[0]}' for help.")
        STDERR.line("")
    first, *rest = reason.lines if isinstance(reason, Failed) else [reason.format_message()]
    STDERR.line(f"Error: {first}")
    for line in rest:
        STDERR.line(line)
