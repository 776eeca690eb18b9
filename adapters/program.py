"""A program that the kit starts, by way of its keeper (:mod:`gen_tck.adapters.keeper`)."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence

from gen_tck.adapters import interrupts, keeper
from gen_tck.adapters.interface import NodeUnavailable, OverLimit
from gen_tck.adapters.limits import DEFAULTS

_SHOWN = 1000
"""Characters of its last words that are shown: some lines, since it is the first error of many that tells."""
FLUSH = "; did it flush what it wrote?"
"""What is asked of a program that says nothing."""


class Program:
    """A running program, the end of whose output is kept, and which is surely ended, with all that it has started.

    It runs in a session of its own, so that Ctrl-C reaches the kit alone, which then ends it in order.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str | None] | None = None,
        *,
        told: bytes = b"",
        stdio: socket.socket | None = None,
        output: int = DEFAULTS.output,
        descriptors: int = DEFAULTS.descriptors,
    ) -> None:
        """Start ``command``, with ``environment`` added to the kit's own (``None``: taken away).

        ``told`` is on its standard input, or ``stdio`` is its standard input and output. ``output``: so many bytes it
        may print; ``descriptors``: so many it may have. Raises ``NodeUnavailable`` if it cannot be started.
        """
        self._output, self._descriptors = output, descriptors
        try:
            self._words = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the program
            self._control, its_end = socket.socketpair()
        except OSError as reason:
            raise _cannot(command, reason.strerror or str(reason)) from None
        self._heard = b""
        self._pid: int | None = None
        self._status: int | None = None
        self._trouble = 0
        self._printed = 0
        self._gone = False
        try:
            with its_end:
                kept = self._start(command, environment or {}, its_end, told=told, stdio=stdio)
        except (OSError, ValueError) as reason:  # a word with a NUL in it, say
            self._forget()
            raise _cannot(command, getattr(reason, "strerror", None) or str(reason)) from None
        _running.add(self)
        # Also when the kit ends without having closed its nodes.
        self._end = weakref.finalize(self, _end, kept, self._control, os.getpid())
        self._begin(command, kept, told)

    def _start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str | None],
        its_end: socket.socket,
        *,
        told: bytes,
        stdio: socket.socket | None,
    ) -> subprocess.Popen[bytes]:
        """Start the keeper, which starts ``command``. Raises ``OSError`` or ``ValueError``."""
        both = {**os.environ, **environment}
        descriptors = [its_end.fileno(), self._words.fileno()]
        numbers = [*descriptors, self._output, -1 if stdio is None else stdio.fileno(), self._descriptors]
        return subprocess.Popen(
            [sys.executable, "-I", "-S", keeper.__file__, *map(str, numbers), *command],
            stdin=subprocess.PIPE if told else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={name: each for name, each in both.items() if each is not None},
            pass_fds=[*descriptors, *([] if stdio is None else [stdio.fileno()])],
            start_new_session=True,
        )

    def _begin(self, command: Sequence[str], kept: subprocess.Popen[bytes], told: bytes) -> None:
        if kept.stdin is not None:
            with contextlib.suppress(BrokenPipeError), kept.stdin:
                kept.stdin.write(told)
        while self._pid is None and not self._gone and not self._trouble:
            self._hear(None)
        if self._pid is None:
            self.end()
            raise _cannot(command, os.strerror(self._trouble) if self._trouble else "what should keep it ended")

    @property
    def pid(self) -> int:
        """Its process id (and process group)."""
        assert self._pid is not None
        return self._pid

    def status(self) -> int | None:
        """Its exit status, negative for a signal, or ``None`` while it runs."""
        self._hear(0)
        return self._status

    def _hear(self, seconds: float | None) -> None:
        """Take in what the keeper says within ``seconds`` (``None``: wait for it)."""
        if self._gone:
            return
        self._control.settimeout(seconds)
        try:
            said = self._control.recv(4096)
        except (BlockingIOError, TimeoutError):
            return
        except OSError:
            said = b""
        *lines, self._heard = (self._heard + said).split(b"\n")
        for line in lines:
            self._note(*line.decode().split())
        if not said:
            self._gone = True
            if self._status is None:  # the keeper was killed, and the program with it
                self._status = -signal.SIGKILL

    def _note(self, word: str, number: str) -> None:
        if word == keeper.STARTED:
            self._pid = int(number)
        elif word == keeper.FAILED:
            self._trouble = int(number)
        elif word == keeper.PRINTED:
            self._printed = int(number)
        elif word == keeper.ENDED:
            self._status = int(number)

    def wait(self, seconds: float) -> int | None:
        """Its status, as soon as it has ended, or after ``seconds``."""
        until = time.monotonic() + seconds
        while self._status is None and (left := until - time.monotonic()) > 0:
            self._hear(left)
        return self.status()

    def output_tail(self) -> str:
        """The end of what it printed, line by line."""
        try:
            tail = os.pread(self._words.fileno(), keeper.KEPT, 0)
        except (OSError, ValueError):
            return ""
        lines = (" ".join(each.split()) for each in tail.decode("utf-8", "replace").splitlines())
        words = "\n".join(filter(None, lines))
        return words if len(words) <= _SHOWN else "..." + words[-_SHOWN:]

    def ending(self) -> str:
        """How it ended and what it printed last, for people: ``exit status 1, it printed: "..."``."""
        status = self.wait(0.5)  # its connection may close a little before the process is gone
        if status is None:
            how = "still running"
        elif status < 0:
            how = f"killed by {_name(-status)}"
        else:
            how = f"exit status {status}"
        words = self.output_tail()
        return f"{how}, it printed: {words!r}" if words else f"{how}, it printed nothing"

    def check_output(self, what: str) -> None:
        """Raise ``OverLimit`` if it was ended because it printed too much. ``what`` names it in the message."""
        self._hear(0)
        if self._printed:
            raise OverLimit(f"{what} printed over {self._output} bytes, so it was ended", "output")

    def end(self, grace: float = 0.0) -> None:
        """End it and all that it has started: at once, or by itself within ``grace`` seconds. Idempotent."""
        if not self._end.alive:
            return
        if grace:
            self.wait(grace)
        self._hear(0)
        self._end()
        self._forget()

    def _forget(self) -> None:
        self._gone = True
        if self._status is None:
            self._status = -signal.SIGKILL
        self._words.close()
        self._control.close()


_running: weakref.WeakSet[Program] = weakref.WeakSet()


def _hasten() -> None:
    """Have all programs ended now, so that nobody waits for them any more."""
    for each in list(_running):
        with contextlib.suppress(OSError):
            each._control.shutdown(socket.SHUT_RDWR)


interrupts.hasten(_hasten)


def _cannot(command: Sequence[str], why: str) -> NodeUnavailable:
    return NodeUnavailable(f"cannot start `{command[0]}`: {why}")


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _end(kept: subprocess.Popen[bytes], control: socket.socket, parent: int) -> None:
    """Have a keeper end what it keeps, and wait until that is done. Only its ``parent`` does, not a fork of it."""
    if os.getpid() != parent:
        return
    try:
        kept.send_signal(signal.SIGCONT)  # what it keeps may have stopped it
        control.shutdown(socket.SHUT_WR)
        control.settimeout(2 * keeper.PATIENCE)
        while control.recv(4096):
            pass
    except OSError:  # it is gone, or hangs
        kept.kill()
    kept.wait()


__all__ = ["FLUSH", "Program"]
