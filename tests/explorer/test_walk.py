"""The walk over the reference's states leaves nothing out, and the tours go where they are said to."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.explorer.generate.coverage import Coverage
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.generate.tours import known, tours, walked
from gen_tck.conformance.explorer.generate.walk import SMALL, SMALL_SETTINGS, exhaustive
from gen_tck.conformance.explorer.generate.witnesses import witnesses_with
from gen_tck.conformance.explorer.oracle.observed import PAIRED, TransitionPair
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.offer import EVERYTHING, claimed, script_needs
from gen_tck.conformance.explorer.script.script import Changes, Script, Setting, Step

DEPTH = 3


def _shown(
    scripts: Iterable[tuple[Setting, tuple[Step, ...]]],
) -> tuple[set[tuple[Step, Changes]], set[TransitionPair]]:
    """What follows from each step somewhere in ``scripts``, the looks at the end included, and what they go through."""
    oracle = Oracle()
    outcomes: set[tuple[Step, Changes]] = set()
    transition_pairs: set[TransitionPair] = set()
    for setting, steps in scripts:
        prediction = oracle.predict(setting, steps)
        outcomes.update(zip(prediction.script.all_steps, prediction.expected, strict=True))
        transition_pairs.update(prediction.transition_pairs)
    return outcomes, transition_pairs


def test_pruned_script_shows_something_new() -> None:
    product = [(setting, steps) for setting in SMALL_SETTINGS for steps in itertools.product(SMALL, repeat=DEPTH)]
    walk = exhaustive(DEPTH)
    assert len(walk) < len(product) / 2
    assert _shown(walk) == _shown(product)


def test_walk_is_not_repeatable_or_not_shortest_first() -> None:
    assert exhaustive(0) == ()
    two = exhaustive(2)
    assert [each for each in exhaustive(DEPTH) if len(each[1]) <= 2] == list(two)
    assert len(two) == len(set(two))
    exhaustive.cache_clear()
    assert exhaustive(2) == two


def test_tours_miss_a_transition_or_pair_that_a_walk_goes_through() -> None:
    oracle, covered = Oracle(), Coverage()
    for each in tours():
        prediction = oracle.predict(*each)
        assert prediction.script == each
        assert covered.add(prediction.transition_pairs), f"run tools/tours: this goes nowhere new\n{each}"
    events = {each.event for each in covered.transitions}
    assert events >= PAIRED  # that nothing else is missing, test_table.py shows


def test_tours_are_not_what_the_walk_finds_today() -> None:
    short = walked(2)
    assert list(tours()[: len(short)]) == short, "run tools/tours"
    assert len(tours()[len(short)].steps) > 2, "run tools/tours"


def test_exploration_does_not_begin_with_the_walk_the_tours_and_the_witnesses() -> None:
    fixed = [*tours(), *witnesses_with(EVERYTHING)]
    few, every = len(exhaustive(2)), len(fixed)
    whole = Generator(1, depth=2, scripts=few + 10 * every)
    scripts = [Script(setting, tuple(steps)) for setting, steps in map(whole.script, range(few + every + 1))]
    assert scripts[:few] == [Script(*each) for each in exhaustive(2)]
    assert scripts[few : few + every] == fixed
    assert scripts[-1] == Script(whole.random(0)[0], tuple(whole.random(0)[1]))


def test_tours_leave_no_room_for_anything_else() -> None:
    few, every = len(exhaustive(1)), len(tours())
    crowded = Generator(1, depth=1, scripts=few + 2 * every)
    assert list(crowded.fixed) == list(exhaustive(1))
    assert crowded.script(few) == crowded.random(0)


def test_node_is_sent_on_a_tour_that_it_does_not_claim() -> None:
    core = claimed(Capabilities("some", "1", frozenset({"core"}), "real"))
    fixed = Generator(1, core, scripts=10_000).fixed
    assert 0 < len(fixed) < len(Generator(1, scripts=10_000).fixed)
    assert all(script_needs(*each) <= core for each in fixed)


def test_pair_that_nothing_went_through_is_not_named() -> None:
    some = Coverage()
    some.add(Oracle().predict(*tours()[-1]).transition_pairs)
    prediction = some.summary(known())
    assert prediction["of_pairs"] == len(known().pairs)
    assert len(prediction["pairs_never_reached"]) == len(known().pairs) - len(some.pairs)  # type: ignore[arg-type]
    assert "receive while connected, then send while connected" in prediction["pairs_never_reached"]  # type: ignore[operator]
