"""Waiting until files change: for ``certify --watch``."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from gen_tck.adapters import interrupts

Seen: TypeAlias = "Mapping[str, tuple[int, int]]"
"""When each file was last changed, in nanoseconds, and its size in bytes; by its path from the folder."""

_MADE = ("__pycache__", "build")
"""Folders of what is made of other files, perhaps by the very command that starts the node."""

_LOOK_SECONDS = 0.25
"""So often the files are looked at."""


def look(folder: Path) -> Seen:
    """The files below ``folder`` as they are. What is hidden, or made of other files, is nobody's work."""
    found = {}
    for where, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if not each.startswith(".") and each not in _MADE]
        for name in files:
            path = os.path.join(where, name)  # noqa: PTH118 - there may be many
            if name.startswith("."):
                continue
            try:
                state = os.stat(path)  # noqa: PTH116 - the same
            except OSError:
                continue  # it is gone
            found[os.path.relpath(path, folder)] = (state.st_mtime_ns, state.st_size)
    return found


def changed(before: Seen, now: Seen) -> list[str]:
    """The files that are new, gone, or other than they were."""
    return sorted(each for each in {*before, *now} if before.get(each) != now.get(each))


def wait(folder: Path, before: Seen) -> list[str]:
    """Wait until files are other than ``before``, and nobody is writing them any more; which they are.

    A signal ends it: ``KeyboardInterrupt``.
    """
    last = before
    while True:
        interrupts.check()
        now = look(folder)
        found = changed(before, now)
        if found and now == last:
            return found
        last = now
        with interrupts.raising():
            time.sleep(_LOOK_SECONDS)
