"""What a model of an implementation fails is exactly what is recorded of the implementation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gen_tck.spec.observed import releases

Certify = Callable[..., tuple[int, dict[str, Any]]]


@pytest.mark.parametrize("name", [f"{node}-{release}" for node in ("otp", "otp-socket") for release in releases(node)])
def test_model_deviates_otherwise_than_otp(certify: Certify, name: str) -> None:
    status, results = certify(f"model:{name}")
    verdicts = {case["verdict"] for case in results["cases"]}
    assert status == 0
    assert not results["stale"]
    assert verdicts <= {"pass", "varies", "deviates", "unsupported"}
    assert "deviates" in verdicts
