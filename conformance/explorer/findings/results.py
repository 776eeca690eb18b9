"""What scripts showed, drawn ones and given ones: one JSON file, for reports, which others can be merged with.

Format 2; format 1 can still be read, see ``reading``. Times are seconds. Scripts that are drawn are named by seed,
depth and number: the same three give the same script for the same node on every machine, so that parts, from one number
to before another, can be explored anywhere, and the results of parts be put together.
"""

from __future__ import annotations

import json
from itertools import accumulate
from typing import Any, Literal

import msgspec

from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.exploration import Verdict
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.findings.looked import Looked
from gen_tck.conformance.explorer.findings.numbers import missing
from gen_tck.conformance.explorer.generate.coverage import Coverage
from gen_tck.conformance.explorer.oracle.admits import Impossible
from gen_tck.conformance.explorer.oracle.models import rows_of
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.offer import LeftOut
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.conformance.output import documents
from gen_tck.conformance.output.documents import Document
from gen_tck.conformance.results.amounts import Count, Seconds
from gen_tck.conformance.results.file import Kit, NodeFacts, schema_of

FORMAT = 2
ENOUGH_SCRIPTS = 20_000
"""From so many scripts on, a known difference that was not seen is worth a word."""


class Found(msgspec.Struct, kw_only=True):
    """Findings of one clause and kind."""

    verdict: Verdict
    clause: str
    """Empty if no clause speaks of it."""
    variant: str
    """The variant of a clause that varies; else empty."""
    kind: str
    """What differs, in words; for a known difference, the reason."""
    parts: list[str]
    """``kind``, for each of the differences."""
    reason: str
    """Why it is known, if it is."""
    count: Count
    number: Count
    """The number of the first script that showed it."""
    script: list[str]
    """The shortest script that is known to show it, a line a step with what the reference lets follow."""
    whole: str
    """The same as a text that can be played again, with what comes after the difference."""
    step: Count
    """The step at which it differs; 0 is the first."""
    allowed: str
    seen: str
    trace: str | None = None
    """The recorded trace, relative to the folder of the results; ``None`` if it does not show step by step."""

    def at(self, oracle: Oracle) -> Impossible:
        """The step at which it differs, as if it had been found here; what was seen is known in words only."""
        return Impossible(oracle.predict(*parse(self.whole), self.number), self.step, ())

    def holds(self, finding: Finding) -> bool:
        """Whether ``finding``, which is not known, is of this group: one that was found here has the same name."""
        return (self.clause, self.kind) == (finding.clause, words.kind(finding))

    def show(self, finding: Finding) -> None:
        """Show it by ``finding`` from now on, which is of the same group."""
        prediction = finding.at.prediction
        self.script, self.whole, self.step = list(words.lines(finding)), str(prediction.script), finding.at.step
        self.allowed, self.seen = words.allowed(finding), words.seen(finding)


class Ended(msgspec.Struct):
    """A node that had to be started again."""

    why: str
    number: Count | None = None
    """The number of the script that ends it; ``None`` for one that is a smaller form of another."""
    script: str = ""
    """That script; empty if none of those that were under way ends the node by itself."""


class Refused(msgspec.Struct):
    """Scripts that could not be played, as the node refused something of them."""

    why: str
    count: Count
    number: Count
    """The number of the first of them."""
    script: str


class KitErrors(msgspec.Struct):
    """Scripts over which the kit's oracle stumbles: it cannot say what follows, and nothing is said of the node."""

    why: str
    count: Count
    number: Count
    """The number of the first of them."""
    script: str


class Part(msgspec.Struct, kw_only=True):
    """What was found in some of the scripts of an exploration."""

    played: list[tuple[Count, Count]] = []
    """Which: the number of the first script, and that after the last, of each run of them; in order."""
    scripts: Count = 0
    steps: Count = 0
    seconds: Seconds = 0.0
    resumed: Count = 0
    """Times that a script which differed was gone on with."""
    flaky: Count = 0
    """Scripts that differed once and, tried again, did not."""
    outcomes: list[Count] = []
    """Of some of the scripts, the numbers of steps at which one outcome is allowed, two, three ..."""
    inconclusive: Count = 0
    """Scripts of which too much may be allowed to tell whether what was seen is."""
    undecided: dict[str, list[Count]] = {}
    """The numbers of the first that are ``flaky``, and ``inconclusive``."""
    interrupted: bool = False
    given_up: str = ""
    """Why it ended early, if the node was to blame."""
    node_ended: list[Ended] = []
    refused: list[Refused] = []
    kit_errors: list[KitErrors] = []
    groups: list[Found] = []
    model: str = ""
    """The model whose transitions are counted, if that has machines of its own; empty for the reference's."""
    gone_through: dict[str, list[str]] = {}
    """The transitions of either that were gone through on the node, each with those that followed it."""

    @property
    def unexplained(self) -> list[Found]:
        """The groups that are not known."""
        return [each for each in self.groups if each.verdict == "unexplained"]

    def allowed_on_average(self) -> float:
        """How many outcomes are allowed at a step, on average; 0 if no script was looked at."""
        steps = sum(self.outcomes)
        return sum(count * number for number, count in enumerate(self.outcomes, 1)) / steps if steps else 0.0

    def allowed_at_most(self, share: float) -> int:
        """How many outcomes are allowed at most at this ``share`` of the steps; 0 if no script was looked at."""
        wanted = share * sum(self.outcomes)
        return next((number for number, sofar in enumerate(accumulate(self.outcomes), 1) if sofar >= wanted), 0)

    def gone(self) -> Coverage:
        """What was gone through."""
        return Coverage.of(self.gone_through, rows_of(self.model))


class Asked(msgspec.Struct):
    """What was to be explored."""

    seed: Count
    depth: Count
    scripts: Count
    """Of the whole exploration."""
    first: Count
    """The number of the first script of the part that was to be explored."""
    end: Count
    """The number after that of its last script."""


class Covered(msgspec.Struct):
    """How much of the reference, or of the node's model, was gone through on the node."""

    transitions: Count
    of_transitions: Count
    pairs: Count
    of_pairs: Count
    """Those that some script is known to go through."""
    never_reached: list[str]
    """Transitions, in words."""
    pairs_never_reached: list[str]
    out_of_reach: list[str] = []
    """Transitions to which no script is known that asks for nothing the node lacks; they are not counted."""

    def in_words(self) -> str:
        """How much it was."""
        transitions = f"{self.transitions} of {self.of_transitions} transitions"
        return f"{transitions} and {self.pairs} of {self.of_pairs} known pairs gone through"


class Results(Part, kw_only=True):
    """A whole exploration, or the part of one that was explored in one go."""

    format: Literal[2] = 2
    kit: Kit
    node: NodeFacts
    exploration: Asked
    coverage: Covered
    left_out: list[LeftOut] = []
    """What no script asked of the node, which does not have it."""
    unseen: list[str]
    """What is known to differ of the node and was not seen: the clause and the reason of each."""
    given: list[Looked] = []
    """What scripts showed that were given; then, as a rule, none was drawn."""

    def stale(self) -> list[str]:
        """Of :attr:`unseen`, what should have been seen in so many scripts, a sentence each."""
        if self.scripts < ENOUGH_SCRIPTS:
            return []
        return [f"known, but not seen in {self.scripts} scripts: {each}" for each in self.unseen]

    def missing(self) -> list[tuple[int, int]]:
        """The runs of numbers that were to be explored and were not."""
        return missing(self.exploration.first, self.exploration.end, self.played)


def encode(results: Results) -> Document:
    """``results`` as they are written."""
    raw = msgspec.to_builtins(results)
    raw["seconds"] = round(results.seconds, 3)
    head = {each: raw[each] for each in ("format", "kit", "node", "exploration")}
    return documents.in_json({**head, **raw})


def schema() -> dict[str, Any]:
    """The JSON Schema of results; ``scripts.schema.json`` is this, written down."""
    return schema_of(Results, "What scripts showed that gen_tck played")


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))
