"""What the kit says: the one module that writes to terminals and logs.

Every word goes out as ``one_line`` shows it, whoever it comes from, so that nobody
has to know which words are a stranger's; and styles are no part of the words. A test shows that there is no other way.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO, TypeAlias, cast

from gen_tck.conformance.output.documents import Document, one_line
from gen_tck.conformance.output.files import FileError
from gen_tck.spec.inputs import cause
from gen_tck.spec.printable import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["STDERR", "STDOUT", "Bar", "Grid", "Part", "Screen", "Styled", "begin", "end"]


class Styled(NamedTuple):
    """Words in a style of rich: ``bold red``."""

    text: str
    style: str


Part: TypeAlias = "str | Styled"
"""What a line is made of."""


class Stream:
    """Standard output or standard error. That nobody takes it any more is no error: the verdict does not change."""

    def __init__(self, file: Literal["stdout", "stderr"]) -> None:
        self._of_python: Literal["stdout", "stderr"] = file
        self._name = "standard output" if file == "stdout" else "standard error"
        self._gone: TextIO | None = None
        """The file of Python's that took no more."""
        self.trouble = ""
        """Why words were lost, in one line; empty if they were not, or if nobody wanted to read on."""

    @property
    def current(self) -> object:
        """What Python has in its place now."""
        return getattr(sys, self._of_python)

    def is_replaced(self, before: object) -> bool:
        """Whether something else is in the place of what was :attr:`current`: click does so when a reader has left."""
        return self.current is not before

    def line(self, text: str) -> None:
        """Write one line."""
        self.write(f"{one_line(text)}\n")
        self.flush()

    def document(self, content: Document) -> None:
        """Write a document, of which nothing may be lost. Raises ``FileError``."""
        file = self._file()
        if file is None:
            if self._gone is None or self.trouble:
                raise FileError(self.trouble or f"{self._name} is closed")
            return
        try:
            self._whole(file, content)
        except OSError as reason:
            self._lost(file, reason)
            if self.trouble:
                told, self.trouble = self.trouble, ""
                raise FileError(told) from reason

    def _whole(self, file: TextIO, content: bytes) -> None:
        file.flush()
        binary = getattr(file, "buffer", None)
        if binary is None:
            file.write(content.decode())
        else:
            binary.write(content)
            binary.flush()
        file.flush()

    # What rich needs of a file; the text is safe when it comes here.

    def write(self, text: str) -> int:
        """Write ``text`` if there is still anybody who takes it."""
        file = self._file()
        if file is not None:
            try:
                file.write(text)
            except UnicodeEncodeError:
                known = text.encode(file.encoding or "ascii", "backslashreplace")
                file.write(known.decode(file.encoding or "ascii"))
            except OSError as reason:
                self._lost(file, reason)
        return len(text)

    def flush(self) -> None:
        """See that what was written is out."""
        file = self._file()
        if file is not None:
            try:
                file.flush()
            except OSError as reason:
                self._lost(file, reason)

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        file = self._file()
        return file is not None and file.isatty()

    def fileno(self) -> int:
        """The operating system's number of it, for the size of the terminal."""
        file = self._file()
        if file is None:
            raise OSError("it is closed")
        return file.fileno()

    @property
    def encoding(self) -> str:
        """How letters are written."""
        file = self._file()
        return (file.encoding if file is not None else None) or "utf-8"

    def _file(self) -> TextIO | None:
        file: TextIO | None = getattr(sys, self._of_python)
        return None if file is self._gone else file

    def _lost(self, file: TextIO, reason: OSError) -> None:
        self._gone = file
        if not isinstance(reason, BrokenPipeError):  # who leaves the pipe has read enough
            self.trouble = f"{self._name} cannot be written: {cause(reason)}"
        # What is left in buffers must not raise again when Python ends.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, file.fileno())
            os.close(nowhere)
            file.flush()


STDOUT, STDERR = Stream("stdout"), Stream("stderr")


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


# Where a command begins and ends


def begin() -> None:
    """See that standard streams that are closed are not the next files that are opened."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def end() -> bool:
    """See that all that was said is out; whether it is, as far as anybody wanted it."""
    STDOUT.flush()
    if STDOUT.trouble:
        STDERR.line(f"Error: {STDOUT.trouble}")
    return not STDOUT.trouble
