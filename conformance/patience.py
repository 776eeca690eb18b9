"""How long the kit waits for what a subject owes it.

An expected event is waited for generously, because only a broken subject ever pays for it. A subject that breaks its
promises again and again must not make the run endless, though: what it has already cost comes off a budget, and when
the budget is spent little patience is left, and in the end hardly any. The verdict on it is settled by then.
"""

from __future__ import annotations


class Patience:
    """The waiting budget of one node, in seconds of the node's clock."""

    def __init__(self, budget: float = 3.0, least: float = 0.01) -> None:
        """Half of what is left of ``budget`` may go on one wait; ``least`` goes on each when it is spent."""
        self._left = budget
        self._least = least
        self._reserve = 20 * least
        self.disappointments = 0

    @property
    def seconds(self) -> float:
        """How long to wait for the next expected event."""
        return max(self._least if self._reserve > 0 else self._least / 10, self._left / 2)

    def disappointed(self) -> None:
        """Charge a wait of :attr:`seconds` that ended without the event."""
        waited = self.seconds
        if self._left > waited:
            self._left -= waited
        else:
            self._left = 0.0
            self._reserve -= waited
        self.disappointments += 1


class ShortPatience(Patience):
    """For cases that are known to deviate: a fixed, short wait that costs the node's budget nothing."""

    def __init__(self, seconds: float = 0.05) -> None:
        super().__init__(budget=2 * seconds, least=seconds)

    def disappointed(self) -> None:
        self.disappointments += 1
