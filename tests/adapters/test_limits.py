"""The limits of a run, as they are asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gen_tck.adapters.limits import ABOUT, DEFAULTS, LimitError, Limits, parse
from gen_tck.adapters.registry import UnknownNode, find


def test_setting_is_passed_over() -> None:
    assert parse([]) == Limits()
    assert parse(["total=600", "failures=3", "answer=0.5"]) == Limits(answer=0.5, total=600.0, failures=3)


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("totl=1", f"there is no limit 'totl': they are {', '.join(DEFAULTS.as_dict())}"),
        ("total", "the limit total is a number, not ''"),
        ("failures=2.5", "the limit failures is a whole number, not '2.5'"),
        ("total=-1", "the limit total cannot be -1"),
        ("total=inf", "the limit total cannot be inf"),
        ("total=nan", "the limit total cannot be nan"),
    ],
)
def test_wrong_setting_is_taken(setting: str, why: str) -> None:
    with pytest.raises(LimitError) as error:
        parse([setting])
    assert str(error.value) == why


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"line": True}, "the limit line is a whole number, not True"),
        ({"line": 2.5}, "the limit line is a whole number, not 2.5"),
        ({"line": 0}, "the limit line cannot be 0"),
        ({"answer": [1]}, "the limit answer is a number, not [1]"),
        ({"answer": 0}, "the limit answer cannot be 0"),
        ({"nesting": 201}, "the limit nesting cannot be 201"),
        ({"line": 10**400}, f"the limit line cannot be {10**400}"),
        ({"answer": 10**400}, f"the limit answer is a number, not {10**400}"),
    ],
)
def test_wrong_value_is_taken(settings: dict[str, object], why: str) -> None:
    with pytest.raises(LimitError) as error:
        DEFAULTS.changed(settings)
    assert str(error.value) == why


def test_run_without_end_cannot_be_had() -> None:
    assert parse(["total=0", "total=0.0"]).total == 0
    assert DEFAULTS.changed({"answer": 7, "nesting": 200}) == Limits(answer=7.0, nesting=200)


def test_page_leaves_a_limit_out_or_has_another_value(checkout: Path) -> None:
    page = (checkout / "adapters" / "PROTOCOL.md").read_text(encoding="utf-8").partition("## Limits")[2]
    rows = re.findall(r"^\| `(\w+)` +\| ([\d,.]+)", page, re.MULTILINE)
    told = {name: float(value.replace(",", "")) for name, value in rows}
    assert told == DEFAULTS.as_dict()


def test_limit_is_not_told_of() -> None:
    assert list(ABOUT) == list(DEFAULTS.as_dict())


def manifest(tmp_path: Path, limits: str) -> str:
    (tmp_path / "node.toml").write_text(f"command = 'true'\n[limits]\n{limits}\n")
    return str(tmp_path / "node.toml")


def test_limits_of_a_manifest_are_passed_over_or_win(tmp_path: Path) -> None:
    path = manifest(tmp_path, "answer = 20\nline = 1000")
    assert find(path).limits == Limits(answer=20.0, line=1000)
    assert find(path, limits={"line": "2000"}).limits == Limits(answer=20.0, line=2000)
    assert find("reference", limits={"line": "2000"}).limits == Limits(line=2000)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ("lines = 1", "node.toml:2: there is no limit 'lines': they are start, answer, "),
        ("line = 1.5", "node.toml:2: the limit line is a whole number, not 1.5"),
        ("line = '1'", "node.toml:2: Expected `int | float`, got `str` - at `$.limits[...]`"),
    ],
)
def test_wrong_limits_of_a_manifest_are_taken(tmp_path: Path, limits: str, why: str) -> None:
    with pytest.raises(UnknownNode) as error:
        find(manifest(tmp_path, limits))
    assert why in str(error.value)
