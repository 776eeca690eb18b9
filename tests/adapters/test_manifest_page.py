"""The page on the manifest is held against the manifest: every key, default and error."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from gen_tck.adapters.interface import NodeUnavailable
from gen_tck.adapters.manifest import Manifest, read
from gen_tck.spec import toml

_ROW = re.compile(r"^\| (`.*?) +\| (.*?) +\|(?: .*\|)?$", re.MULTILINE)
_STATEMENTS = re.compile(r"`([^`]+)`")
_RIGHT = 'command = "true"'


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    return (checkout / "docs" / "manifest.md").read_text(encoding="utf-8")


def _section(page: str, title: str) -> str:
    return page.split(f"## {title}\n")[1].split("\n## ")[0]


def _default(field: msgspec.structs.FieldInfo) -> object:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def test_page_leaves_a_key_out_or_has_another_default(page: str) -> None:
    told = {key.strip("`"): default.strip() for key, default in _ROW.findall(_section(page, "Keys"))}
    words = {msgspec.NODEFAULT: "", None: "none"}
    defaults = {each.encode_name: _default(each) for each in msgspec.structs.fields(Manifest)}
    assert told == {
        name: words[value] if value is None or value is msgspec.NODEFAULT else f"`{_toml(value)}`"
        for name, value in defaults.items()
    }


def _toml(value: object) -> str:
    return "{}" if value == {} else f'"{value}"'


def test_example_has_not_everything_or_is_refused(page: str, tmp_path: Path) -> None:
    smallest, everything = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "node.toml"
    path.write_text(smallest)
    assert read(path) == Manifest(command=["./my-node"])
    path.write_text(everything)
    read(path)
    assert toml.loads(everything).keys() == {each.encode_name for each in msgspec.structs.fields(Manifest)}


def _refusals() -> list[tuple[str, str]]:
    page = (Path(__file__).parents[2] / "docs" / "manifest.md").read_text(encoding="utf-8")
    rows = _ROW.findall(_section(page, "What is refused"))
    return [(said, re.sub(r"^(`+)(.*?) ?\1$", r"\2", why.replace("\\|", "|"))) for said, why in rows]


@pytest.mark.parametrize(("said", "why"), _refusals(), ids=lambda each: each)
def test_manifest_is_refused_otherwise_than_the_page_says(said: str, why: str, tmp_path: Path) -> None:
    lines = [_RIGHT if each == "COMMAND" else each for each in _STATEMENTS.findall(said)]
    path = tmp_path / "node.toml"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(NodeUnavailable) as error:
        read(path)
    assert f"{tmp_path}/{why}" in str(error.value)


def test_page_leaves_the_refusal_of_a_key_out(page: str) -> None:
    said = " ".join(said for said, _ in _refusals())
    assert [each for each in msgspec.structs.fields(Manifest) if f"{each.encode_name} =" not in said] == []
