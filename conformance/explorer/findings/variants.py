"""What clauses allow anybody: the variants that the reference does not have, known of every node but the kit's own.

Those have models that say for each release what varies. Nobody has written a model of a stranger's node, and nobody has
to: a variant is no fault. What was seen must be exactly what the reference with that variant does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gen_tck.adapters.interface import Returned
from gen_tck.conformance.explorer.findings.comparison import Calls, last_calls
from gen_tck.conformance.explorer.findings.differences import Difference, Function, MailboxDiffers, OutcomeDiffers
from gen_tck.conformance.explorer.findings.judge import Finding, judge
from gen_tck.conformance.explorer.findings.known import Explanation
from gen_tck.conformance.explorer.findings.models import has_variants
from gen_tck.conformance.explorer.oracle.models import TOGETHER, VARIANTS, Name
from gen_tck.conformance.explorer.script.script import Call, Change, Step
from gen_tck.spec.terms import Atom, Term


@dataclass(frozen=True)
class AllowedVariant(Explanation):
    """A variant that the clause allows anybody."""

    others: tuple[Name, ...] = ()
    """Variants that a step shows together with it."""

    @property
    def of_everybody(self) -> bool:
        return True

    def fits(self, finding: Finding, part: int | None = None) -> bool:
        """Whether ``finding``, or the one of its parts with this number, is this variant."""
        difference = None if part is None else finding.parts[part]
        return has_variants(((self.clause, self.variant), *self.others), finding, difference)


@cache
def of_everybody() -> tuple[Explanation, ...]:
    """All of them; those first that a step shows alone."""
    alone = [_allowed(name) for name in VARIANTS]
    return (*alone, *[_allowed(name, other) for name, other in TOGETHER], _REST, _PART)


@dataclass(frozen=True)
class TimeoutWithRest(AllowedVariant):
    """A send that timed out returned what is left of its data, which is as much as happens to be left."""

    def fits(self, finding: Finding, part: int | None = None) -> bool:
        """Whether it is as it should be but for that, or but for that its node lets large sends wait."""
        seen = tuple(map(_without_rest, finding.at.seen))
        if part is not None or seen == finding.at.seen:
            return False
        other = judge(finding.at._replace(seen=seen))
        return other is None or has_variants((_WAITS,), other, None)


def _without_rest(change: Change) -> Change:
    match change:
        case ("call", actor, ("returned", (error, (reason, bytes())))) if error is _ERROR and reason is _TIMEOUT:
            return ("call", actor, ("returned", (_ERROR, _TIMEOUT)))
    return change


_ERROR, _TIMEOUT = Atom("error"), Atom("timeout")
_WAITS: Name = ("sending/large-send-to-a-stalled-peer", "waits")
_REST = TimeoutWithRest(
    clause="sending/send-timeout-ends-a-blocked-send",
    variant="with_rest",
    reason="the clause allows this variant, with_rest",
)


@dataclass(frozen=True)
class PartReceived(AllowedVariant):
    """A receive of whatever there is gave the beginning of it."""

    def fits(self, finding: Finding, part: int | None = None) -> bool:
        """Whether all that differs is that, on a socket without framing."""
        differences = finding.parts if part is None else (finding.parts[part],)
        script, step = finding.at.prediction.script, finding.at.step
        steps = script.all_steps[: step + 1]
        framed = script.setting.packet != 0 or any(isinstance(each, Call) and _frames(each) for each in steps)
        calls = last_calls(steps)
        return not framed and all(_is_part(each, calls) or _begins(each, steps[-1]) for each in differences)


def _frames(call: Call) -> bool:
    return call.function == "setopts" and any(
        isinstance(each, tuple) and each[:1] == (_PACKET,) for each in call.args[1]
    )


def _is_part(difference: Difference, calls: Calls) -> bool:
    match difference:
        case OutcomeDiffers(
            function=Function("gen_tcp", "recv"), allowed=Returned((_, bytes(whole))), seen=Returned((_, bytes(part)))
        ):
            whatever = calls[difference.actor].args[1:2] == (0,)
            return whatever and bool(part) and whole.startswith(part)
    return False


def _begins(difference: Difference, step: Step) -> bool:
    """Whether messages that ``step`` asked for by number give the beginning of what is there."""
    if not isinstance(difference, MailboxDiffers) or not (isinstance(step, Call) and step.function == "setopts"):
        return False
    counted = any(isinstance(each, tuple) and each[0] is _ACTIVE and each[1] is not _TRUE for each in step.args[1])
    return counted and all(map(_is_beginning, difference.allowed, difference.seen))


def _is_beginning(allowed: Term, seen: Term) -> bool:
    match allowed, seen:
        case (tag, socket, bytes(whole)), (other, same, bytes(part)) if tag is other is _TCP and socket == same:
            return bool(part) and whole.startswith(part)
    return bool(allowed == seen)


_ACTIVE, _PACKET, _TCP, _TRUE = Atom("active"), Atom("packet"), Atom("tcp"), Atom("true")
_PART = PartReceived(
    clause="receiving/receives-what-is-available",
    variant="part",
    reason="no clause says it: whether a receive of whatever there is gives all of it, or what was read together",
)


def _allowed(name: Name, *others: Name) -> Explanation:
    clause, variant = name
    made = VARIANTS[name]
    reason = f"no clause says it: {made.reason}" if made.is_open else f"the clause allows this variant, {variant}"
    return AllowedVariant(clause, reason, variant, others)
