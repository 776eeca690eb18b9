"""The fault of a wrong implementation comes first among the roots, whatever else fails because of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .test_zoo import CAUGHT_BY

pytestmark = pytest.mark.vm

# The reference's gen_tcp:recv waits for the answer of prim_inet:async_recv, as OTP's does, and so never returns.
FIRST = CAUGHT_BY | {"answers-are-five-tuples": "receiving/recv-answers"}


@pytest.mark.parametrize("name", CAUGHT_BY)
def test_other_root_comes_first(name: str, certify: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    status, results = certify(name)
    assert status == 1
    roots = [(root["clause"], len(root["cases"]) + len(root["blocks"])) for root in results["roots"]]
    assert roots[0][0] == FIRST[name], roots
