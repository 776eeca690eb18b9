"""What the tutorial has readers type is executed, and what goes otherwise than the page says is found out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

from site_of_gen_tck.session import MissingTool, Session, SessionError


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(kept=tmp_path)


def test_output_is_not_that_of_the_command(session: Session) -> None:
    assert session.commands(["echo a; echo b", "false"], 1) == ["a\nb", ""]
    assert session.commands(["seq 5"], tail=2) == ["...\n4\n5"]
    assert session.commands(["seq 2"], tail=2) == ["1\n2"]
    session.close()


def test_folder_is_forgotten(session: Session) -> None:
    assert session.commands(["mkdir folder", "cd folder", "echo text > file", "cat file"])[-1] == "text"
    assert session.shown("file") == "text"
    session.close()


@pytest.mark.parametrize(
    ("lines", "status", "why"),
    [
        (["false"], 0, "false: exit status 1, not 0"),
        (["false", "true"], 0, "false: exit status 1, not 0"),
        (["true"], 1, "true: exit status 0, not 1"),
        (["pwd"], 0, "pwd: a path of this machine"),
        ([f"echo {sys.prefix}"], 0, "a path of this machine"),
    ],
)
def test_wrong_command_goes_unnoticed(session: Session, lines: list[str], status: int, why: str) -> None:
    with pytest.raises(SessionError) as error:
        session.commands(lines, status)
    assert why in str(error.value)
    session.close()


def test_change_goes_wrong(session: Session) -> None:
    session.commands(["printf 'a\\nb\\nc\\nb\\nd\\n' > file"])
    session.change("file", "-a\n+A\n b")
    assert session.commands(["cat file"]) == ["A\nb\nc\nb\nd"]
    assert session.shown("file", "c", "b") == "c\nb"
    for diff, times in (("-x\n+y", 0), ("-b", 2)):
        with pytest.raises(SessionError) as error:
            session.change("file", diff)
        assert f"stands there {times} times" in str(error.value)
    with pytest.raises(SessionError) as error:
        session.shown("file", "nowhere")
    assert str(error.value) == "file: no line has 'nowhere' in it"
    session.close()


def test_known_output_is_made_again(tmp_path: Path) -> None:
    done = tmp_path / "done"
    made = []
    for last in ("cat file", "cat file", "cat file file"):
        session = Session(kept=tmp_path / "kept")
        session.commands([f"echo once >> {done}", "echo text > file"])
        made.append(session.commands([last])[0])
        session.close()
    assert made == ["text", "text", "text\ntext"]
    # The third session had something new to do, so it did all of it; the second nothing.
    assert done.read_text().splitlines() == ["once"] * 2


def test_missing_tool_goes_unnoticed(tmp_path: Path) -> None:
    with pytest.raises(MissingTool) as error:
        Session(("no-such-tool",), tmp_path)
    assert str(error.value) == "no-such-tool"


def test_commands_see_the_environment(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN_TCK_SECRET", "secret")
    assert session.commands(["env | grep -c SECRET || true"]) == ["0"]
    assert session.commands(["gen-tck --version > version; test -s version"]) == [""]
    assert "GEN_TCK_SECRET" in os.environ
    session.close()
