"""What is wrong in a file that a person wrote is said with its line."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from gen_tck.spec import toml


class Row(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    inner: dict[str, int] = {}


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    words: list[str] = []
    limits: dict[str, int] = {}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "x.toml"


GOOD = '''# a comment
[[row]]
text = """
[[row]]
text = 1
"""
inner.row = 1

 [["row"]]
text = "[[row]]"
[row.inner]
a = 1
[[ row ]]
'''


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_of_a_table_is_that_of_another(file: Path, end: str) -> None:
    file.write_bytes((GOOD + 'text = "last"\n').replace("\n", end).encode())
    assert [(each.value.text.strip()[-4:], each.place) for each in toml.tables(file, "row", Row)] == [
        (" = 1", f"{file}:2"),
        ("ow]]", f"{file}:9"),
        ("last", f"{file}:13"),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (GOOD + "text = 1", ":13: Expected `str`, got `int` - at `$.text`"),
        (GOOD, ":13: Object missing required field `text`"),
        ("\nrow = [\n  {text = 1},\n]", ":2: Expected `str`, got `int` - at `$.text`"),
        ("\nrow = 1", ":2: row is no list of tables: write [[row]]"),
        ("\n[row]\ntext = 'x'", ":2: row is no list of tables: write [[row]]"),
        ("row = []\n[[rows]]", ":2: unknown table 'rows': write [[row]]"),
        ("[[row]]\ntext = 'x'\nrows = 1\n[rows]\n", ":4: unknown table 'rows': write [[row]]"),
        ("\n[['r\\x']]\n[[\"r\\u006fw\"]]\n", ":2: unknown table 'r\\\\x': write [[row]]"),
        ('\n\n[["r\\u006fw"]]\n', ":3: Object missing required field `text`"),
        ("\n[[row]\n", ": Expected "),
        ("\n['a;b']\n['a;b']\n", ": Cannot declare ('a;b',) twice (at line 3, column 7)"),
    ],
)
def test_wrong_table_is_said_without_its_line(file: Path, text: str, why: str) -> None:
    file.write_text(text)
    with pytest.raises(toml.TomlError) as error:
        toml.tables(file, "row", Row)
    assert str(error.value).startswith(f"{file}{why}")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name = 'x'\nwords = [\n'name = 1',\n2]", ":2: Expected `str`, got `int` - at `$.words[1]`"),
        ("name = 'x'\n\n[limits]\na = 'b'", ":3: Expected `int`, got `str` - at `$.limits[...]`"),
        ("name = 'x'\n\nlimits.a = 'b'", ":3: Expected `int`, got `str` - at `$.limits[...]`"),
        ("name = 'x'\nnames = 'y'", ":2: Object contains unknown field `names`"),
        ("name = 'x'\n[limits]\nwords = 1\n[words]", ":4: Expected `array`, got `object` - at `$.words`"),
        ('name = """x\nnames = 1\n"""""\n\'names\' = 1', ":4: Object contains unknown field `names`"),
        (
            'name = "\\""\nwords = [ # ]\n[\'x\'], ]\n"names" . y = 1',
            ":2: Expected `str`, got `array` - at `$.words[0]`",
        ),
        ("name = '''x\n''names = 1''''\n\n\"na\\u006Des\" . y = 1", ":4: Object contains unknown field `names`"),
        ("\nwords = []", ":1: Object missing required field `name`"),
    ],
)
def test_wrong_key_is_said_without_its_line(file: Path, text: str, why: str) -> None:
    file.write_text(text)
    with pytest.raises(toml.TomlError) as error:
        toml.table(file, Whole)
    assert str(error.value) == f"{file}{why}"


def test_missing_file_has_tables(file: Path) -> None:
    assert toml.tables(file, "row", Row) == []
    with pytest.raises(FileNotFoundError):
        toml.table(file, Whole)


@pytest.mark.parametrize(
    "text",
    [
        'names = """\n' + "names =\n" * 100_000 + '"""\n',
        "name = 'x'\nnames" + ".a" * 40_000 + " = 1\n",
        "name = 'x'\n[names" + ' . "a"' * 40_000 + "]\n",
    ],
    ids=["lines that begin alike", "long key", "long header"],
)
def test_wrong_file_takes_long(file: Path, text: str) -> None:
    file.write_text(text)
    began = time.monotonic()
    with pytest.raises(toml.TomlError, match=r"unknown field `names`|nested too deeply"):
        toml.table(file, Whole)
    assert time.monotonic() - began < 5
