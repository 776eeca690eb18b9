"""JSON from outside is neither deeper nor bigger than allowed, whatever else is in it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen_tck.adapters import bounded
from gen_tck.adapters.bounded import TooMuch
from gen_tck.adapters.json_terms import from_json, to_json
from gen_tck.adapters.limits import DEFAULTS, MOST_NESTING, Limits

FLAT = Limits(nesting=3)
FEW = Limits(message=20)


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"1",
        nested(3),
        b"[[]," * 2 + b"1]]",
        b'{"a":[{"b":1},{"c":2},[]],"d":[[],[],[]]}',
        b'["[[[[[[[[", "]]]]", "{{{{{{", 1]',
        b'["\\"[[[[[[[[", "\\\\", "[[[[\\\\\\"[[[", "\\n", "[[[\\\\\\\\", "[[["]',
        b'["\xc3\xa9\\u005b[[[[[[[[[["]',
        b"[]" * 10,
    ],
)
def test_text_within_limits_is_refused(text: bytes) -> None:
    bounded.check(text, FLAT)


@pytest.mark.parametrize(
    "text",
    [
        nested(4),
        b"[" * 100_000,
        b'{"a":' * 4 + b"1" + b"}" * 4,
        b'[1,[2,{"a":["]]]]"]}]]',
        b'["\\\\",[[[1]]]]',
        b'["\\"",[[["\\""]]]]',
        b"]]]]" + b"[" * 4,
        b'"' + b"[" * 9 + b'"' + nested(4),
    ],
)
def test_deep_text_is_taken(text: bytes) -> None:
    with pytest.raises(TooMuch, match=r"^nested deeper than 3 levels \(limit nesting\)$"):
        bounded.check(text, FLAT)


@pytest.mark.parametrize("text", [b"[" + b"1," * 20 + b"1]", b"[" + b"[]," * 11 + b"1]", b'[{"a":1,' + b'"b":[],' * 20])
def test_big_text_is_taken(text: bytes) -> None:
    with pytest.raises(TooMuch, match=r"^over 20 values \(limit message\)$"):
        bounded.check(text, FEW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('[]{}"\\a\n', max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[]{}"\\', max_size=3), inner, max_size=3),
    max_leaves=20,
)


def depth(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(depth, inside), default=0)


@given(JSON, st.integers(1, 6), st.booleans())
def test_depth_is_another_than_that_of_the_value(value: Any, most: int, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode()
    if depth(value) <= most:
        assert bounded.decode(text, limits=Limits(nesting=most)) == value
    else:
        with pytest.raises(TooMuch):
            bounded.decode(text, limits=Limits(nesting=most))


@given(st.text('[]{}"\\,:1a ', max_size=40), st.integers(1, 3))
def test_malformed_text_is_deeper_than_it_looks(text: str, most: int) -> None:
    """What is let through never takes whoever decodes it deeper than twice what is allowed."""
    try:
        bounded.check(text.encode(), Limits(nesting=most))
    except TooMuch:
        return
    deepest = level = 0
    quoted = escaped = False
    for each in text:
        if not quoted and not escaped:
            level += (each in "[{") - (each in "]}")
            deepest = max(deepest, level)
            if level < 0:
                break  # nobody goes on behind that
        quoted ^= each == '"' and not escaped
        escaped = each == "\\" and not escaped and quoted
        if each == "\\" and not quoted:
            break
    assert deepest <= 2 * most


def test_hostile_depth_is_a_traceback() -> None:
    for text in (b"[" * 10_000_000, nested(100_000), b'{"$t":[' * 100_000 + b"1" + b"]}" * 100_000):
        with pytest.raises(TooMuch):
            bounded.decode(text)


def test_deepest_term_is_too_deep_for_the_kit() -> None:
    deepest = Limits(nesting=MOST_NESTING)
    term = from_json(bounded.decode(nested(MOST_NESTING), limits=deepest))
    assert hash(term) == hash(from_json(to_json(term)))
    assert repr(term) == nested(MOST_NESTING).decode()
    pairs = b'{"$t":[' * (MOST_NESTING // 2) + b"1" + b"]}" * (MOST_NESTING // 2)
    term = from_json(bounded.decode(pairs, limits=deepest))
    assert term == from_json(to_json(term))


def test_decoded_value_is_not_what_was_asked_for() -> None:
    assert bounded.decode(b'{"a":1}', dict) == {"a": 1}
    with pytest.raises(msgspec.ValidationError):
        bounded.decode(b"[]", dict)
    assert bounded.decode(b"[1]", limits=DEFAULTS) == [1]
