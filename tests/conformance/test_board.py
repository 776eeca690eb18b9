"""What the processes of a run tell each other."""

from __future__ import annotations

from pathlib import Path

from gen_tck.conformance.run.board import Board


def test_verdict_reaches_nobody_else(tmp_path: Path) -> None:
    one, other = Board(tmp_path / "verdicts"), Board(tmp_path / "verdicts")
    assert one.known() == {}
    one.tell("a", "fail")
    other.tell("b", "pass")
    assert one.known() == other.known() == {"a": "fail", "b": "pass"}
    one.tell("c", "varies")
    assert other.known()["c"] == "varies"


def test_half_a_line_is_read(tmp_path: Path) -> None:
    file = tmp_path / "verdicts"
    board = Board(file)
    file.write_bytes(b'["a","fail"]\n["b","pa')
    assert board.known() == {"a": "fail"}
    with file.open("ab") as half:
        half.write(b'ss"]\n')
    assert board.known() == {"a": "fail", "b": "pass"}


def test_process_alone_writes_a_file() -> None:
    board = Board()
    board.tell("a", "pass")
    assert board.known() == {"a": "pass"}
