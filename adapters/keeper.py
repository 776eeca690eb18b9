"""The keeper of one child: a small process between the kit and a program that it starts.

    keeper.py CONTROL WORDS MOST STDIO DESCRIPTORS COMMAND...

The kit may end at any moment, by ``kill -9`` too, and what it started must end with it: the child, its process group,
and whatever has left that group for a session of its own. A process that is gone cannot see to that, so another does.
``CONTROL`` is a socket of which the kit has the other end. When that closes, for whatever reason, everything that
descends from the keeper is killed; and who kills the keeper kills the child. What the child prints is read to its end,
and the last of it kept in the file ``WORDS`` for the kit to look at, so that nothing it prints fills a disk; a child
that prints more than ``MOST`` bytes is ended. ``STDIO`` is a socket to be the child's standard input and output, of
which the kit has the other end, or -1; with it, what the child prints is its standard error alone. The child, and each
process that it starts, has at most ``DESCRIPTORS`` descriptors. The kit is told in lines: :data:`STARTED` and the like.

It takes 12 ms to be there, most of it Python's own start. So it runs without the rest of the kit, and imports little:
``signal`` or ``contextlib`` alone would cost a third more.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import sys
import time

STARTED, FAILED, ENDED, PRINTED = "started", "failed", "ended", "printed"
"""The child runs, and has this process id; it could not be started, for this error; it ended with this status (a signal
is negative); it printed this many bytes, so it is ended."""
KEPT = 4096
"""So many bytes of the end of a child's output are kept."""
PATIENCE = 2.0
"""Seconds after which what cannot be killed is left alone: another user's program, which ``sudo`` started."""
_PIECE, _PIECES = 65536, 16
"""What is read at once, and how often before something else is looked at; together they empty a pipe."""
_SIGKILL, _SIGPIPE, _SIGXFSZ, _SIG_DFL = 9, 13, 25, 0
_ENOENT = 2
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
_LIBC = ctypes.CDLL(None)


def end_with_parent(parent: int) -> bool:
    """Have the kernel kill this process when ``parent`` ends, which started it; whether that is still there.

    More exactly, when the thread of it ends that did. Only Linux can.
    """
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    return os.getppid() == parent


def _prctl(option: int, value: int) -> None:
    if hasattr(_LIBC, "prctl"):
        _LIBC.prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0)))


def main(control: int, words: int, most: int, stdio: int, descriptors: int, command: list[str]) -> None:
    """Start ``command`` and keep it, until there is nobody at the other end of ``control``."""
    # Those whose parents have ended become children of this process then, and not of one that knows nothing of them.
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    output, its_output = os.pipe()
    try:
        child = _start(command, its_output, stdio, descriptors)
    except OSError as reason:
        _say(control, FAILED, reason.errno or 0)
        return
    os.close(its_output)
    if stdio >= 0:
        os.close(stdio)  # nobody has it now but the child and its own children, so that the kit sees it close
    _say(control, STARTED, child)
    _Keeper(control, output, words, most, child).keep()
    _end_all(child)


def _say(control: int, word: str, number: int) -> None:
    try:
        os.write(control, f"{word} {number}\n".encode())
    except OSError:
        return  # nobody listens any more: that is looked at next


def _start(command: list[str], output: int, stdio: int, descriptors: int) -> int:
    """Start ``command`` in a session of its own; its process id. Raises ``OSError``."""
    told, tell = os.pipe()  # closed by an exec that succeeds
    keeper = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            if end_with_parent(keeper):
                if stdio >= 0:
                    os.dup2(stdio, 0)
                os.dup2(stdio if stdio >= 0 else output, 1)
                os.dup2(output, 2)
                for signal in (_SIGPIPE, _SIGXFSZ):  # Python ignores them, and the program would inherit that
                    _LIBC.signal(signal, ctypes.c_void_p(_SIG_DFL))
                _limit_descriptors(descriptors)
                os.execvp(command[0], command)
        except (OSError, ValueError) as reason:  # a program without a name
            os.write(tell, str(getattr(reason, "errno", _ENOENT)).encode())
        finally:
            os._exit(127)
    os.close(tell)
    trouble = os.read(told, 16)
    os.close(told)
    if trouble:
        os.waitpid(child, 0)
        raise OSError(int(trouble), "")
    return child


def _limit_descriptors(most: int) -> None:
    there = resource.getrlimit(resource.RLIMIT_NOFILE)
    less = [most if each == resource.RLIM_INFINITY else min(each, most) for each in there]
    resource.setrlimit(resource.RLIMIT_NOFILE, (less[0], less[1]))


class _Keeper:
    """Reads what a child prints, and tells of its end."""

    def __init__(self, control: int, output: int, words: int, most: int, child: int) -> None:
        self._control, self._output, self._words, self._most, self._child = control, output, words, most, child
        self._printed, self._tail = 0, b""
        self._ended = False
        os.set_blocking(output, False)

    def keep(self) -> None:
        """Until the kit hangs up."""
        watched = select.poll()
        watched.register(self._control, select.POLLIN)
        watched.register(self._output, select.POLLIN)
        process = _watch(self._child)
        if process is not None:
            watched.register(process, select.POLLIN)
        while True:
            ready = [each for each, _ in watched.poll(None if process is not None or self._ended else 20)]
            if self._control in ready:
                return
            if self._output in ready and not self._read():
                watched.unregister(self._output)
            if not self._ended and self._look() and process is not None:
                watched.unregister(process)

    def _read(self) -> bool:
        """Take in what was printed; whether more may come."""
        before, more = self._printed, True
        for _ in range(_PIECES):
            try:
                piece = os.read(self._output, _PIECE)
            except BlockingIOError:
                break
            if not piece:
                more = False
                break
            self._printed += len(piece)
            self._tail = (self._tail + piece)[-KEPT:]
        self._keep_words()
        if before <= self._most < self._printed:
            _say(self._control, PRINTED, self._printed)
            _kill_all(self._child)
        return more

    def _keep_words(self) -> None:
        try:
            os.pwrite(self._words, self._tail, 0)
        except OSError:
            return  # a full disk: then there are no last words

    def _look(self) -> bool:
        """Whether the child has ended. It stays a zombie, so that its number, which is its group's, stays its own."""
        found = os.waitid(os.P_PID, self._child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return False
        self._read()
        self._ended = True
        _say(self._control, ENDED, found.si_status if found.si_code == os.CLD_EXITED else -found.si_status)
        return True


def _watch(child: int) -> int | None:
    """A descriptor that is ready when ``child`` has ended, where there is such a thing."""
    try:
        return os.pidfd_open(child)
    except (AttributeError, OSError):
        return None


def _end_all(child: int) -> None:
    """Kill ``child``, its group and all that descends from them, and wait for their ends."""
    _kill_all(child)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        for each in descendants(os.getpid()):  # those that were made meanwhile, too
            _kill(each)
        time.sleep(0.001)


def _kill_all(child: int) -> None:
    try:
        os.killpg(child, _SIGKILL)
    except OSError:
        _kill(child)
    for each in descendants(os.getpid()):
        _kill(each)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, _SIGKILL)
    except OSError:
        return  # it is gone, or another user's


def descendants(of: int) -> list[int]:
    """The processes below that with the id ``of``, of any group and session. Only Linux tells."""
    found: list[int] = []
    unseen = [of]
    while unseen:
        pid = unseen.pop()
        try:
            for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - pathlib would take longer than the rest
                with open(f"/proc/{pid}/task/{task}/children") as file:
                    children = [int(each) for each in file.read().split()]
                found += children
                unseen += children
        except OSError:
            continue  # it has ended
    return found


if __name__ == "__main__":
    _control, _words, _most, _stdio, _descriptors = map(int, sys.argv[1:6])
    for _each in (_control, _words, *([_stdio] if _stdio >= 0 else [])):
        os.set_inheritable(_each, False)  # the child has no business with them
    main(_control, _words, _most, _stdio, _descriptors, sys.argv[6:])
    os._exit(0)  # at once
