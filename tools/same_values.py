"""Values of the kit as JSON that says their types and outlives moves of its code, and back."""

from __future__ import annotations

import base64
import json
from dataclasses import fields, is_dataclass
from hashlib import blake2b
from typing import Any

from same_places import get


def plain(value: Any) -> Any:
    """A value as JSON that says its types: of terms, changes and whatever else is a tuple or has fields."""
    terms = get("terms")
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, terms.Atom):
        return {"a": value.name}
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray)):
        return {"b": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, (terms.List, list)):
        return {"l": [plain(each) for each in value]}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, (set, frozenset)):
        return {"s": sorted(json.dumps(plain(each)) for each in value)}
    if isinstance(value, terms.Map):
        return {"m": [[plain(key), plain(each)] for key, each in value.pairs.items()]}
    if is_dataclass(value):
        return {type(value).__name__: [plain(getattr(value, each.name)) for each in fields(value)]}
    return repr(value)


def digest(value: Any) -> str:
    """Stands for ``value``."""
    return blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=12).hexdigest()
