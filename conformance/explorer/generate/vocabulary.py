"""What scripts are made of, and what is left out of those for a node that lacks some of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.explorer.generate.alphabet import PIECES, alphabet
from gen_tck.conformance.explorer.generate.tours import tours
from gen_tck.conformance.explorer.generate.walk import SMALL
from gen_tck.conformance.explorer.script.offer import (
    EVERYTHING,
    Feature,
    Features,
    LeftOut,
    Why,
    claimed,
    needs,
    not_modelled,
    profile_of,
    script_needs,
    setting_needs,
    unsaid,
)
from gen_tck.conformance.explorer.script.script import SHORT, Setting
from gen_tck.conformance.explorer.script.settings import FURTHER
from gen_tck.spec.profiles import PROFILES
from gen_tck.spec.terms import term

_SETTINGS = (
    *[Setting(packet=term(each)) for each in PIECES],
    Setting(active=2),
    Setting(exit_on_close=False, show_econnreset=True),
    Setting(second=True),
    Setting(listening=True),
    Setting(further=FURTHER),
    Setting(stalled=True, send_timeout=SHORT, send_timeout_close=True),
)
"""Settings in which there is everything once."""


@cache
def vocabulary() -> Features:
    """All that some script asks of a node that has everything."""
    found = set().union(*map(setting_needs, _SETTINGS), *map(needs, SMALL), *(script_needs(*each) for each in tours()))
    for setting in _SETTINGS:
        for step in alphabet(setting, EVERYTHING, setting.stalled).steps:
            found |= needs(step)
    return frozenset(found)


def left_out(capabilities: Capabilities, refused: Features = frozenset()) -> tuple[LeftOut, ...]:
    """What no script may ask of a node of these ``capabilities``, which has refused some of it."""
    there, unknown = claimed(capabilities), not_modelled(capabilities)
    return tuple(
        sorted(
            LeftOut(_why(each, there, unknown, unsaid(capabilities)), each.kind, each.name)
            for each in vocabulary()
            if each not in there or each in refused or each in unknown
        )
    )


def _why(feature: Feature, there: Features, unknown: Features, open_: Features) -> Why:
    if feature not in there:
        return "not claimed"
    if feature in unknown:
        return "not modelled"
    return "not there" if feature in open_ else "refused"


def features(lacking: Iterable[LeftOut]) -> Features:
    """What scripts may ask for."""
    return EVERYTHING.difference([each.feature for each in lacking])


def in_words(lacking: Iterable[LeftOut]) -> Iterator[str]:
    """What was left out, a line for each reason; of a profile that is left out whole, its name."""
    by_reason: dict[Why, set[Feature]] = {}
    for each in lacking:
        by_reason.setdefault(each.why, set()).add(each.feature)
    for why in sorted(by_reason):
        yield f"left out, {why}: {', '.join(_names(by_reason[why]))}"


def _names(lacking: set[Feature]) -> Iterator[str]:
    for profile in PROFILES:
        whole = {each for each in vocabulary() if profile_of(each) == profile}
        own = lacking & whole
        yield from [profile] if own and own == whole else sorted(map(str, own))


__all__ = ["features", "in_words", "left_out", "vocabulary"]
