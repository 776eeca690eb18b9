"""Numbers in results, as far as they go: what is beyond was never counted or measured."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

__all__ = ["Count", "Seconds"]

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""How many there are; every reader of JSON knows numbers up to that."""
Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1e10)]
"""Three hundred years at most."""
