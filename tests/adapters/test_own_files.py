"""The files of the BEAM agent are in a folder of its own, and nowhere else; nothing is left of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.interface import Outcome, Raised, Returned
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


def _listens(outcome: Run, node: ChildNode, process: ChildProcess, path: object) -> Outcome:
    options = term([("ifaddr", ("local", path))])
    return outcome(node, process, "gen_tcp", "listen", term(0), options)


def test_local_sockets_files_are_left(inet: ChildNode, outcome: Run) -> None:
    process = inet.spawn()
    folder = _folder(outcome, inet, process)
    for _ in range(2):  # the VM is in its folder, which is another one the second time
        opened = _listens(outcome, inet, process, b"my_path")
        assert isinstance(opened, Returned)
        assert [each.name for each in folder.iterdir()] == ["my_path"]
        assert isinstance(opened.value, tuple)
        told = outcome(inet, process, "inet", "sockname", opened.value[1])
        assert told == Returned(term(("ok", ("local", b"my_path"))))
        inet.clear()
        assert not folder.exists()
        process = inet.spawn()


@pytest.mark.parametrize("path", [b"../my_path", b"/tmp/my_path", b"my_/../x", b"", b"\0my_path", [b"/tmp", b"/x"]])
def test_path_leads_out_of_the_folder(inet: ChildNode, outcome: Run, path: object) -> None:
    process = inet.spawn()
    folder = _folder(outcome, inet, process)
    assert _listens(outcome, inet, process, path) == Raised("error", Atom("undef"))
    connected = outcome(inet, process, "gen_tcp", "connect", term(("local", path)), term(0), term([]))
    assert connected == Raised("error", Atom("undef"))
    assert not folder.exists()
    inet.clear()
