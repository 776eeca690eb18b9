"""What the kit says in styles, tables and bars: with :mod:`~gen_tck.conformance.output.streams` the one way out.

Every word goes out as ``one_line`` shows it, whoever it comes from, so that nobody
has to know which words are a stranger's; and styles are no part of the words. A test shows that there is no other way.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TextIO, TypeAlias, cast

from gen_tck.conformance.output.documents import one_line
from gen_tck.conformance.output.streams import STDOUT, Stream
from gen_tck.spec.printable import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["Bar", "Grid", "Part", "Screen", "Styled"]


class Styled(NamedTuple):
    """Words in a style of rich: ``bold red``."""

    text: str
    style: str


Part: TypeAlias = "str | Styled"
"""What a line is made of."""


class Screen:
    """A place for words, lines and tables: a terminal or a log."""

    def __init__(self, stream: Stream | None = None, *, console: Console | None = None) -> None:
        """``console``: another place, for tests; by default standard output."""
        from rich.console import Console

        self._console = console or Console(file=cast("TextIO", stream or STDOUT), _environ=_environment())

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at it, who may have little room."""
        return self._console.is_terminal

    @property
    def width(self) -> int:
        """Columns; many if it is no terminal."""
        return self._console.width if self.is_terminal else _ENDLESS

    def line(self, *parts: Part) -> None:
        """One line as it is: wrapped lines cannot be searched, and numbers need no colours."""
        self._console.print(_text(*parts), soft_wrap=True)

    def grid(self, grid: Grid) -> None:
        """Print ``grid`` as wide as it is, unless a terminal is narrower: a file has no width."""
        width = self._console.width
        self._console.width = self.width
        self._console.print(grid.table)
        self._console.width = width

    def has_room(self, grid: Grid) -> bool:
        """Whether ``grid`` can be printed without cutting anything."""
        from rich.measure import Measurement

        options = self._console.options.update(width=_ENDLESS)
        return Measurement.get(self._console, options, grid.table).maximum <= self.width

    @contextmanager
    def bar(self, name: str, total: int | None = None) -> Iterator[Bar]:
        """A progress bar, gone when it is over; draws nothing where there is no terminal."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[told]}", markup=False),
            TextColumn("{task.fields[alarm]}", markup=False, style="red"),
        )
        with Progress(
            *columns,
            console=self._console,
            transient=True,
            disable=not self.is_terminal,
            # Nothing else writes while there is a bar; and rich's way to catch that would catch itself here.
            redirect_stdout=False,
            redirect_stderr=False,
        ) as progress:
            task = progress.add_task(one_line(name), total=total, told="", alarm="")
            yield Bar(
                lambda done, total, told, alarm: progress.update(
                    task, completed=done, total=total, told=told, alarm=alarm
                )
            )


def _environment() -> dict[str, str]:
    """The environment without sizes of a terminal that are none: rich would take ``COLUMNS=²`` for a number."""
    sizes = ("COLUMNS", "LINES")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in sizes or (value.isascii() and value.isdigit() and 0 < len(value) < 6 and int(value) > 0)
    }


_ENDLESS = 1000
"""Columns of what is no terminal."""


class Bar:
    """A progress bar."""

    def __init__(self, show: Callable[[int, int | None, str, str], None]) -> None:
        self._show = show

    def update(self, done: int, *, total: int | None = None, told: str = "", alarm: str = "") -> None:
        """So much is done, of so much (``None``: as before); ``told`` and ``alarm`` stand beside the bar."""
        self._show(done, total, one_line(told), one_line(alarm))


class Grid:
    """A table that is filled column by column, then row by row."""

    def __init__(self, *, foot: bool = False, dense: bool = False) -> None:
        from rich.box import SIMPLE
        from rich.table import Table

        self.table = Table(show_footer=foot)
        if dense:
            self.table.box, self.table.pad_edge, self.table.padding = SIMPLE, False, (0, 1, 0, 0)

    def column(self, head: Part, *, foot: str = "", numbers: bool = False, style: str = "", fold: bool = False) -> None:
        """One more column. ``numbers``: of numbers. ``fold``: what is too long for a line goes on in the next."""
        self.table.add_column(
            _text(head),
            _text(foot),
            justify="right" if numbers else "left",
            style=style or None,
            no_wrap=not fold,
            overflow="fold" if fold else "ellipsis",
        )

    def row(self, *cells: Part) -> None:
        """One more row."""
        self.table.add_row(*map(_text, cells))

    def section(self) -> None:
        """A line below the last row."""
        self.table.add_section()


def _text(*parts: Part) -> Text:
    """The words of ``parts`` on one line; nothing in them is taken for markup."""
    from rich.text import Text

    line = Text()
    for part in parts:
        text, style = (part, "") if isinstance(part, str) else part
        line.append(printable(text), style or None)
    safe = one_line(line.plain)
    return line if safe == line.plain else Text(safe)
