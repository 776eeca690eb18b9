"""What a model of an implementation fails is exactly what is recorded of the implementation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Certify = Callable[..., tuple[int, dict[str, Any]]]


@pytest.mark.parametrize("release", [25, 27, 29])
def test_model_deviates_otherwise_than_otp(certify: Certify, release: int) -> None:
    status, results = certify(f"model-of-otp-socket-{release}")
    verdicts = {case["verdict"] for case in results["cases"]}
    assert status == 0
    assert not results["stale"]
    assert verdicts == {"pass", "varies", "deviates", "unsupported"}
