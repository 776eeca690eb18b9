"""Which transitions of the reference or of a model, and which pairs of them, scripts have gone through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gen_tck.conformance.explorer.oracle.observed import TRANSITIONS, Transition, TransitionPair

Pair = tuple[Transition, Transition]


def name(transition: Transition) -> str:
    """A transition in words: ``fin while connected, exit_on_close``."""
    return f"{transition.event} while {transition.state}{', ' if transition.when else ''}{transition.when}"


class Coverage:
    """What has been gone through. A pair is of transitions that follow each other on one socket."""

    def __init__(self, rows: tuple[Transition, ...] = TRANSITIONS) -> None:
        """``rows``: all that the tables of the machines speak of."""
        self.rows = rows
        self.transitions: set[Transition] = set()
        self.pairs: set[Pair] = set()
        self._known: set[TransitionPair] = set()

    def add(self, transition_pairs: Iterable[TransitionPair]) -> bool:
        """Note what one script went through; whether any of it is new."""
        fresh = self.fresh(transition_pairs)
        if not fresh:
            return False
        size = len(self.transitions) + len(self.pairs)
        self._known |= fresh
        self.transitions.update([now for _, now in fresh])
        self.pairs.update([(before, now) for before, now in fresh if before is not None])
        return len(self.transitions) + len(self.pairs) > size

    def fresh(self, transition_pairs: Iterable[TransitionPair]) -> set[TransitionPair]:
        """What of ``transition_pairs`` nothing that was added went through."""
        return set(transition_pairs) - self._known

    @classmethod
    def of(cls, followers: Mapping[str, Sequence[str]], rows: tuple[Transition, ...] = TRANSITIONS) -> Coverage:
        """What :meth:`followers` tells. Names that are of none of the ``rows`` are left out."""
        made = cls(rows)
        known = {name(each): each for each in rows}
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
        made = Coverage(self.rows)
        made.merge(self)
        return made

    def merge(self, other: Coverage) -> None:
        """Take over what ``other`` has seen."""
        self.transitions |= other.transitions
        self.pairs |= other.pairs

    def missing(self) -> list[str]:
        """The transitions of the tables that nothing went through, in words."""
        return [name(each) for each in self.rows if each not in self.transitions]

    def summary(self, known: Coverage) -> dict[str, object]:
        """For the results. ``known``: what the scripts that are known can go through; more may turn up."""
        there = known.transitions | self.transitions
        out_of_reach = [name(each) for each in self.rows if each not in there]
        return {
            "transitions": len(self.transitions),
            "of_transitions": len(there),
            "pairs": len(self.pairs),
            "of_pairs": len(self.pairs | known.pairs),
            "never_reached": [each for each in self.missing() if each not in out_of_reach],
            "pairs_never_reached": [
                f"{name(one)}, then {name(other)}" for one, other in sorted(known.pairs - self.pairs)
            ],
            "out_of_reach": out_of_reach,
        }
