"""The sentence in which a run ends: what the node conforms to, or what it does not. All reports say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gen_tck.conformance.results.claims import HOLDS, Counted, ProfileResult, named, partly_run
from gen_tck.conformance.results.file import Results
from gen_tck.conformance.results.verdicts import NO_NEWS, Conclusion, Meaning, Verdict, meaning, verdicts_of
from gen_tck.spec.clause import LEVELS
from gen_tck.spec.exhaustive import assert_never

_GOOD: tuple[Conclusion, ...] = ("CONFORMS", "DEVIATES AS RECORDED")
_MOST_NAMED = 3
"""So many missing calls of a profile are named."""


@dataclass(frozen=True)
class Sentence:
    """``CONFORMS to essentials (must 24 of 24; 312 cases not claimed)``, in its parts."""

    conclusion: Conclusion
    scope: str
    """``to essentials``, or why not; may be empty."""
    counts: str
    """``must 24 of 24; 312 cases not claimed``."""

    @property
    def short(self) -> str:
        """Without the numbers."""
        between = (" " if self.is_good else ": ") if self.scope else ""
        return f"{self.conclusion}{between}{self.scope}"

    @property
    def is_good(self) -> bool:
        """Whether the scope says to what the node conforms, and not why it does not."""
        return self.conclusion in _GOOD

    @property
    def rest(self) -> str:
        """Without the conclusion."""
        return f"{self.scope} ({self.counts})".strip()

    def __str__(self) -> str:
        return f"{self.short} ({self.counts})"


def sentence(results: Results) -> Sentence:
    """What the run comes to."""
    scope = _conforms_to(results) if results.conclusion in _GOOD else _why_not(results)
    return Sentence(results.conclusion, scope, "; ".join(_counts(results)))


def not_wholly_claimed(results: Results) -> str:
    """The profiles that the node does not claim, or not all of; empty if there are none."""
    parts = []
    unclaimed = [name for name, each in results.profiles.items() if each.claimed == "no"]
    if unclaimed:
        parts.append(f"not claimed: {', '.join(unclaimed)}")
    part = [f"{name} ({_lacking(each)})" for name, each in results.profiles.items() if each.claimed == "part"]
    if part:
        parts.append(f"claimed in part: {', '.join(part)}")
    return "; ".join(parts)


def _lacking(profile: ProfileResult) -> str:
    if profile.missing:
        return f"without {_missing(profile)}"
    return f"{_number(profile.verdicts['unsupported'], 'clause')} cannot be seen"


def _missing(profile: ProfileResult) -> str:
    # A node declares gen_tcp.recv/2; people know it as gen_tcp:recv/2.
    told = [each.replace(".", ":", 1) for each in profile.missing[:_MOST_NAMED]]
    more = len(profile.missing) - len(told)
    if more:
        told.append(f"{more} more")
    return " and ".join([*([", ".join(told[:-1])] if told[1:] else []), *told[-1:]])


def _conforms_to(results: Results) -> str:
    whole, part = named(results.profiles), partly_run(results.profiles)
    parts = []
    if whole:
        to = "to" if results.conclusion == "CONFORMS" else "in"
        parts.append(f"{to} {'all profiles' if len(whole) == len(results.profiles) else ', '.join(whole)}")
    if part:
        clauses = _number(sum(results.profiles[each].tested for each in part), "clause")
        parts.append(f"in {clauses} of {', '.join(part)}")
    return " and ".join(parts)


def _why_not(results: Results) -> str:
    found = ", ".join(_troubles(results))
    if not found:
        meanings = {meaning(case.verdict) for case in results.cases}
        if meanings - NO_NEWS:
            return "no profile that was run is claimed whole"
        found = "all that was chosen was left out" if "left-out" in meanings else "nothing that the node claims was run"
    return found


_WORST_FIRST: tuple[Meaning, ...] = ("fails", "blocked", "unsure", "not-run", "broken")


def _trouble(verdict: Verdict, number: int) -> str:
    """That there are so many cases of that ``verdict``; empty if it keeps nobody from conforming."""
    match verdict:
        case "pass" | "varies" | "deviates" | "unsupported" | "left-out":
            return ""
        case "fail":
            return _number(number, "case fails", "cases fail")
        case "blocked" | "flaky" | "inconclusive":
            return _number(number, f"case is {verdict}", f"cases are {verdict}")
        case "not-run":
            return _number(number, "case was not run", "cases were not run")
        case "adapter-error":
            return _number(number, "adapter error")
        case "kit-error":
            return _number(number, "error of the kit", "errors of the kit")
        case _:
            return assert_never(verdict)


def _troubles(results: Results) -> Iterator[str]:
    if results.roots:
        yield _number(len(results.roots), "root")
    numbers = Counter(case.verdict for case in results.cases)
    order = (each for what in _WORST_FIRST for each in verdicts_of(what) if numbers[each])
    yield from filter(None, (_trouble(each, numbers[each]) for each in order))
    if results.stale:
        yield _number(len(results.stale), "stale deviation")
    if not results.complete:
        yield "the run is not complete"


def _counts(results: Results) -> Iterator[str]:
    chosen = [*named(results.profiles), *partly_run(results.profiles)]
    levels = _added(results.profiles[each] for each in chosen)
    if levels:
        judged = [f"{level} {it.held} of {it.total}" for level, it in levels.items() if level in results.levels]
        if judged:
            yield ", ".join(judged)
        others = {level: it for level, it in levels.items() if level not in results.levels}
        # Of what is not judged only what does not hold is worth a word, unless there is nothing else.
        told = [f"{each} {it.held} of {it.total}" for each, it in others.items() if it.held < it.total or not judged]
        if told:
            yield f"{', '.join(told)}, not judged"
    else:
        verdicts = [each.verdict for each in results.clauses.values() if meaning(each.verdict) not in NO_NEWS]
        yield f"{sum(each in HOLDS for each in verdicts)} of {_number(len(verdicts), 'clause')} hold"
    unclaimed = sum(meaning(case.verdict) == "not-claimed" for case in results.cases)
    if unclaimed:
        yield f"{_number(unclaimed, 'case')} not claimed"
    left_out = sum(meaning(case.verdict) == "left-out" for case in results.cases)
    if left_out:
        yield f"{_number(left_out, 'case')} left out"


def _added(profiles: Iterable[ProfileResult]) -> dict[str, Counted]:
    found: dict[str, Counted] = {}
    for profile in profiles:
        for level, counted in profile.levels.items():
            so_far = found.setdefault(level, Counted(0, 0))
            so_far.held += counted.held
            so_far.total += counted.total
    return {level: found[level] for level in LEVELS if level in found}


def _number(count: int, name: str, many: str = "") -> str:
    return f"{count} {name if count == 1 else many or f'{name}s'}"
