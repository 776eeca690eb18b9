"""Variants: the reference with one shows it where its clause speaks, and fails nothing there."""

from __future__ import annotations

from pathlib import Path

import pytest

from gen_tck.reference.models.variant import Variant
from gen_tck.reference.models.variants import TOGETHER, VARIANTS, model
from gen_tck.spec.clauses import load
from tests.reference.certified import certified

OF_CLAUSES = [each for each in VARIANTS.values() if not each.is_open]


@pytest.mark.vm
@pytest.mark.parametrize("variant", OF_CLAUSES, ids=lambda each: each.name.replace("/", " "))
def test_variant_is_not_that_of_its_clause(variant: Variant, tmp_path: Path) -> None:
    clause = load()[variant.of[0]]
    status, failed, variants = certified(tmp_path, variant.name, clauses_of=[clause.id])
    assert (status, failed) == (0, frozenset())
    assert variant.of in variants
    if clause.chosen_by != "situation":
        assert {each for each in variants if each[0] == clause.id} == {variant.of}


def test_variant_changes_nothing() -> None:
    for each in VARIANTS.values():
        assert each.edits or each.driver or each.port or each.functions, each.name


def test_variants_of_one_step_do_not_go_together() -> None:
    for both in TOGETHER:
        assert model(both).driver.__doc__ == ", ".join([each.reason for of, each in VARIANTS.items() if of in both])
