"""What an exploration, or a part of one, is to play."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """What is to be explored, or a part of it."""

    scripts: int
    """Of the whole exploration."""
    seed: int = 1
    depth: int = 0
    """The scripts of the small alphabet up to this depth come first."""
    first: int = 0
    """The number of the first script: where an earlier exploration broke off, or where a shard begins."""
    last: int | None = None
    """The number before which a part ends that is not the rest."""

    @property
    def end(self) -> int:
        """The number after that of the last script."""
        return self.scripts if self.last is None else self.last
