"""Standard output and standard error: where words leave the kit, and what happens when nobody takes them any more.

Lines and documents go out here; :mod:`~gen_tck.conformance.output.screen` makes tables, bars and styles of words.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Literal, TextIO

from gen_tck.conformance.output.documents import Document, one_line
from gen_tck.conformance.output.files import FileError
from gen_tck.spec.inputs import cause

__all__ = ["STDERR", "STDOUT", "Stream", "begin", "end"]


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
