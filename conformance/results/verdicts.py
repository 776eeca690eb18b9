"""What the kit says of a case, of a clause and of a node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias, get_args

import msgspec

from gen_tck.adapters.interface import AdapterError, CallFailed, NodeError, NodeUnavailable, OutOfScope
from gen_tck.conformance.results.amounts import Count, Seconds
from gen_tck.conformance.results.outcomes import Inconclusive, Unexpected, Unsupported
from gen_tck.spec.counted import Counted
from gen_tck.spec.exhaustive import assert_never

Verdict: TypeAlias = Literal[
    "pass",
    "varies",
    "deviates",
    "unsupported",
    "left-out",
    "not-run",
    "blocked",
    "inconclusive",
    "flaky",
    "adapter-error",
    "kit-error",
    "fail",
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""In order of weight: a clause has the weightiest verdict of its cases.

``pass``
    as the clause says
``varies``
    as the clause says, in a variant that was recorded
``deviates``
    failed, as the node's recorded deviations say
``unsupported``
    not run: the node does not claim the profile, or does not offer a call
``left-out``
    not run, as nobody asked for it: it is slow, and the node has a real clock (``--slow``), or it takes a node in a
    network namespace (profile ``unreachable``), and there can be none here
``not-run``
    not run: the run was interrupted, met a limit, or the node failed too often
``blocked``
    a clause that it builds on, or a call that it uses, failed: this follows from the graph alone
``inconclusive``
    the situation that the case is about could not be set up, or the wait for it was cut short
``flaky``
    two looks at it disagree
``adapter-error``
    the adapter broke the protocol: no verdict on the implementation
``kit-error``
    the test itself is at fault
``fail``
    not as the clause says, in two looks that agree
"""

Meaning: TypeAlias = Literal[
    "holds", "deviates", "not-claimed", "left-out", "not-run", "blocked", "unsure", "broken", "fails"
]
"""What a verdict comes to. Counts, conclusions and reports go by this, so that they know a further verdict at once.

``unsure``: whether it holds was not to be seen; ``broken``: adapter or kit is at fault, and nothing can be believed.
"""


def meaning(verdict: Verdict) -> Meaning:
    """What ``verdict`` comes to."""
    match verdict:
        case "pass" | "varies":
            return "holds"
        case "deviates":
            return "deviates"
        case "unsupported":
            return "not-claimed"
        case "left-out":
            return "left-out"
        case "not-run":
            return "not-run"
        case "blocked":
            return "blocked"
        case "inconclusive" | "flaky":
            return "unsure"
        case "adapter-error" | "kit-error":
            return "broken"
        case "fail":
            return "fails"
        case _:
            return assert_never(verdict)


def verdicts_of(*meanings: Meaning) -> tuple[Verdict, ...]:
    """The verdicts that come to one of ``meanings``, in order of weight."""
    return tuple(each for each in VERDICTS if meaning(each) in meanings)


class Look(msgspec.Struct, kw_only=True):
    """What one play of a case, from a clean slate to its end, showed."""

    verdict: Verdict
    expected: str = ""
    seen: str = ""
    where: str = ""
    message: str = ""
    place: str = ""
    waited: Seconds | None = None


CENSUS = "closing/nothing-outlives-its-processes"
"""The clause that every case may break, whatever it is about: by what it leaves behind."""


class Case(msgspec.Struct, kw_only=True):
    """What one case showed. Everything in it goes to the results."""

    id: str
    """``chapter/module.py::function``, with ``[parameters]`` if there are any."""
    clauses: list[str]
    """The clauses it checks; the first is the one it is about."""
    verdict: Verdict
    title: str = ""
    """What holds if it passes: the first sentence of the clause it is about, with the parameters if there are any."""
    seconds: Seconds = 0.0
    trace: str | None = None
    """The file of the recorded trace, relative to the results."""
    expected: str = ""
    seen: str = ""
    """What was seen instead, in Erlang syntax."""
    where: str = ""
    """What was looked at: a call, a mailbox, the peer."""
    step: str = ""
    """What was done last before that, in words, if it was recorded."""
    place: str = ""
    """``chapter/module.py:line`` of the test where it stopped."""
    message: str = ""
    """What else there is to say: the end of the node's output, why it is unsupported, the reason of a deviation."""
    variants: list[str] = []
    """The variants that were seen."""
    waited: Seconds | None = None
    """For something that did not come: the seconds, of node and kit both running, for which it was waited for."""
    blocked_by: str = ""
    """The failed clause that blocks it."""
    own: Verdict | None = None
    """For a blocked case: what itself was seen; ``not-run`` if it was not run."""
    requires: list[str] = []
    """Further clauses that its test says it cannot do without."""
    left: dict[Counted, Count] | None = None
    """How many of what it has left behind; ``None`` if nobody looked, as it failed, or the node cannot tell."""
    counting: Seconds = 0.0
    """What it took to see that, which is not among its seconds."""
    left_by: str = ""
    """Of a further case, about what another has left: the id of that."""
    looks: list[Look] = []
    """All looks at it, if it took more than one; the last of them is what the case says."""
    stood_still: Count = 0
    """How often it was played again because node or kit stood still while it was played."""

    @property
    def function(self) -> str:
        """The name of the test function."""
        return self.name.partition("[")[0]

    @property
    def name(self) -> str:
        """The name of the test function, with ``[parameters]`` if there are any."""
        # The parameters may hold anything, a double colon included.
        path, _, _ = self.id.partition("[")[0].rpartition("::")
        return self.id[len(path) + 2 :] if path else self.id

    @property
    def chapter(self) -> str:
        """The chapter of the clause it is about."""
        return self.clauses[0].partition("/")[0]


class NodeGivenUp(NodeError):
    """The node failed too often; the remaining cases are not tried."""


def judge(case: Case, reason: BaseException) -> None:
    """Give ``case`` the verdict that follows from the exception that ended it."""
    case.message = str(reason)
    if isinstance(reason, Unexpected):
        case.verdict, case.message = "fail", ""
        case.expected, case.seen, case.where = reason.wanted, reason.seen, reason.where
        case.waited = None if reason.waited is None else round(reason.waited, 3)
    elif isinstance(reason, NodeGivenUp):
        case.verdict = "not-run"
    elif isinstance(reason, (AdapterError, NodeUnavailable)):
        case.verdict = "adapter-error"
    elif isinstance(reason, OutOfScope):
        case.verdict = "unsupported"
    elif isinstance(reason, CallFailed):
        case.verdict = "inconclusive"
    elif isinstance(reason, NodeError):
        case.verdict, case.expected, case.seen = "fail", "the node to go on", "the node failed"
    elif isinstance(reason, AssertionError):
        case.verdict, case.message = "fail", ""
        case.expected, case.seen = "the test's assertion to hold", str(reason).partition("\n")[0] or "it does not"
    elif isinstance(reason, Inconclusive):
        case.verdict = "inconclusive"
    elif isinstance(reason, Unsupported):
        case.verdict = "unsupported"
    else:
        case.verdict, case.message = "kit-error", f"{type(reason).__name__}: {reason}"


def look_of(case: Case) -> Look:
    """What the play that ``case`` tells of showed."""
    return Look(
        verdict=case.verdict,
        expected=case.expected,
        seen=case.seen,
        where=case.where,
        message=case.message,
        place=case.place,
        waited=case.waited,
    )


NO_NEWS: frozenset[Meaning] = frozenset(["not-claimed", "left-out"])
"""What says nothing of a node, and keeps nobody from conforming."""


def weightiest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a clause or a chapter whose cases have these ``verdicts`` (one at least).

    One that was not to be run says nothing as long as others tell.
    """
    return max(verdicts, key=lambda each: -1 if meaning(each) in NO_NEWS else VERDICTS.index(each))


Conclusion: TypeAlias = Literal["CONFORMS", "DEVIATES AS RECORDED", "DOES NOT CONFORM", "COULD NOT TELL"]

JUDGED = ("must", "should")
"""The levels that decide, unless others are asked for. A ``may`` that does not hold is shown and changes nothing."""


def conclude(cases: Iterable[Case], *, stale: bool, complete: bool) -> Conclusion:
    """The verdict on a node, from those of its cases that are judged.

    ``stale``: a recorded deviation was not seen. ``complete``: the run came to its end.
    """
    seen = {meaning(case.verdict) for case in cases}
    if "broken" in seen:
        return "COULD NOT TELL"
    if "fails" in seen or stale:
        return "DOES NOT CONFORM"
    if not complete or seen & {"blocked", "unsure", "not-run"} or not seen - NO_NEWS:
        return "COULD NOT TELL"
    return "DEVIATES AS RECORDED" if "deviates" in seen else "CONFORMS"


EXIT_STATUS: Mapping[Conclusion, int] = {
    "CONFORMS": 0,
    "DEVIATES AS RECORDED": 0,
    "DOES NOT CONFORM": 1,
    "COULD NOT TELL": 2,
}
