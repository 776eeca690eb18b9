"""The files of the BEAM agent are in a folder of its own, and nowhere else; nothing is left of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.interface import Outcome, Returned
from gen_tck.adapters.processes import ChildProcess
from gen_tck.spec.terms import Atom, string, term

Run = Callable[..., Outcome]

OK = Returned(Atom("ok"))
READING = ["read", "raw", "binary"]


def _refused(reason: str) -> Returned:
    return Returned(term(("error", reason)))


def _folder(outcome: Run, node: ChildNode, process: ChildProcess) -> Path:
    found = outcome(node, process, "persistent_term", "get", Atom("gen_tck_folder"))
    assert isinstance(found, Returned)
    return Path(bytes(found.value).decode())


def test_files_are_left(inet: ChildNode, outcome: Run) -> None:
    process = inet.spawn()
    folder = _folder(outcome, inet, process)
    assert not folder.exists()
    assert outcome(inet, process, "file", "write_file", string("my_file"), b"abc") == OK
    assert [each.name for each in folder.iterdir()] == ["my_file"]
    inet.clear()
    assert not folder.exists()
    assert outcome(inet, inet.spawn(), "file", "open", b"my_file", READING) == _refused("enoent")


@pytest.mark.parametrize(
    "name",
    [b"../my_file", b"my_/../../etc/passwd", b"/etc/passwd", b"my_", b"my_\0", "my_file", [b"my_", 256]],
)
def test_name_leads_out_of_the_folder(inet: ChildNode, outcome: Run, name: object) -> None:
    process = inet.spawn()
    for function, further in (("write_file", b"abc"), ("open", READING), ("sendfile", "nothing")):
        assert outcome(inet, process, "file", function, term(name), term(further)) == _refused("badarg")
    folder = _folder(outcome, inet, process)
    assert not folder.exists() or list(folder.iterdir()) == []
    inet.clear()
