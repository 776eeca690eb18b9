"""Which of the reference's transitions, and which pairs of them, scripts have gone through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from gen_tck.adapters.reference import TRANSITIONS, Transition

Pair = tuple[Transition, Transition]


def name(transition: Transition) -> str:
    """A transition in words: ``packet while connected, active``."""
    life, event, active = transition
    return f"{event} while {life}, {'active' if active else 'passive'}"


class Coverage:
    """What has been gone through."""

    def __init__(self) -> None:
        self.transitions: set[Transition] = set()
        self.pairs: set[Pair] = set()

    def add(self, transitions: tuple[Transition, ...]) -> bool:
        """Note what one script went through; whether any of it is new."""
        pairs = set(pairwise(transitions))
        if pairs <= self.pairs and (len(transitions) != 1 or transitions[0] in self.transitions):
            return False
        self.pairs |= pairs
        self.transitions.update(transitions)
        return True

    @classmethod
    def of(cls, followers: Mapping[str, Sequence[str]]) -> Coverage:
        """What :meth:`followers` tells. Names that the table does not have are left out."""
        made = cls()
        known = {name(each): each for each in TRANSITIONS}
        for one, others in followers.items():
            if one in known:
                made.transitions.add(known[one])
                made.pairs.update((known[one], known[other]) for other in others if other in known)
        return made

    def followers(self) -> dict[str, list[str]]:
        """The transitions that were gone through, each with those that came next, in words."""
        found: dict[str, list[str]] = {name(each): [] for each in sorted(self.transitions)}
        for one, other in sorted(self.pairs):
            found[name(one)].append(name(other))
        return found

    def copy(self) -> Coverage:
        """A copy that does not change with this one."""
        made = Coverage()
        made.merge(self)
        return made

    def merge(self, other: Coverage) -> None:
        """Take over what ``other`` has seen."""
        self.transitions |= other.transitions
        self.pairs |= other.pairs

    def missing(self) -> list[str]:
        """The transitions of the table that nothing went through, in words."""
        return [name(each) for each in TRANSITIONS if each not in self.transitions]

    def summary(self) -> dict[str, object]:
        """For the results."""
        return {
            "transitions": len(self.transitions),
            "of_transitions": len(TRANSITIONS),
            "pairs": len(self.pairs),
            "never_reached": self.missing(),
        }
