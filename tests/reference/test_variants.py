"""Variants: the reference with one fails nothing, and shows it where it shows another one by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from gen_tck.reference.models.variant import Name, Variant
from gen_tck.reference.models.variants import TOGETHER, VARIANTS, model
from tests.reference.certified import certified


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> frozenset[Name]:
    """The variants that the reference shows by itself."""
    return certified(tmp_path_factory.mktemp("own")).variants


@pytest.mark.vm
@pytest.mark.parametrize("variant", VARIANTS.values(), ids=lambda each: each.name.replace("/", " "))
def test_variant_is_another_than_it_says(variant: Variant, tmp_path: Path, own: frozenset[Name]) -> None:
    status, failed, variants = certified(tmp_path, variant.name)
    assert (status, failed) == (0, frozenset())
    assert variants - own == variant.takes


def test_variant_changes_nothing() -> None:
    for each in VARIANTS.values():
        assert each.edits or each.driver or each.port or each.functions, each.name
        assert not each.clauses, each.name


def test_variants_of_one_step_do_not_go_together() -> None:
    for both in TOGETHER:
        assert model(both).driver.__doc__ == ", ".join([each.reason for of, each in VARIANTS.items() if of in both])
