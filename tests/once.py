"""What many tests look at and none changes: made once in a run, however many workers it has."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Once: TypeAlias = Callable[[str, Callable[[Path], object]], Path]
"""``once(name, fill)`` is a folder that ``fill`` has filled."""


def once_in(place: Path) -> Once:
    """Such folders in ``place``, which all workers share. If ``fill`` raises, the next who asks tries anew."""

    def made(name: str, fill: Callable[[Path], object]) -> Path:
        folder, full = place / name, place / f"{name}.full"
        place.mkdir(exist_ok=True)
        with (place / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # given back by the system, whatever becomes of the worker
            if not full.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                full.touch()
        return folder

    return made
