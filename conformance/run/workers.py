"""A run in several processes, pytest-xdist's workers, that is interrupted: the workers end in order, too.

The process that starts them (the controller) alone notes signals. Its workers are born with signals blocked, so that
one that comes while they start ends none of them, take no notice of them later, and are told by a file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gen_tck.adapters import interrupts, keeper

_WORD = "gen_tck_word"
"""What the workers know the file by."""


@contextmanager
def interruptible() -> Iterator[Workers]:
    """A plugin for the controller, for the time of one session."""
    with tempfile.TemporaryDirectory(prefix="gen-tck-") as folder:
        workers = Workers(Path(folder) / "interrupted")
        with interrupts.told(workers.stop):
            yield workers


class Workers:
    """The plugin of the controller."""

    def __init__(self, word: Path) -> None:
        self._word = word

    def stop(self) -> None:
        """Have the workers play nothing more: the first that is about to play a case stops, and xdist with it."""
        self._word.touch()

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionstart(self) -> Generator[None, object, object]:
        with interrupts.postponed():
            return (yield)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_WORD] = str(self._word)


def begin(config: pytest.Config) -> None:
    """In a worker: end with the controller, and take its word for a signal, if it gives any."""
    word = getattr(config, "workerinput", {}).get(_WORD)
    if word is not None:
        # A controller that is killed hangs up, which a worker only notices when it is done with what it is at.
        keeper.end_with_parent(os.getppid())
        interrupts.obey(Path(word))
