"""Where the command writes to: what may be replaced, standard output, and who is there to read."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click
import pytest
from click.testing import CliRunner, Result

from gen_tck.adapters import interrupts
from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.commands import cli
from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.explorer.findings.reading import read as read_exploration
from gen_tck.conformance.output import documents, files
from gen_tck.conformance.output import streams as output
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.results.file import assemble, read
from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.traces import evidence
from gen_tck.conformance.traces import file as traces
from gen_tck.spec.clauses import load
from gen_tck.spec.profiles import PROFILES

SCRIPT = Path(sys.executable).with_name("gen-tck")
MODES = "modes/active-delivers-messages"
FEW = ("--clause", MODES)
CLAUSES = load()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The present folder, with a node in it that leaves a trace if it is started."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "node.toml").write_text('command = ["sh", "-c", "touch started"]\n')
    (tmp_path / "script").write_text('connect with [binary,{active,false}]\npeer: send <<"abc">>\n')
    return tmp_path


def command(*arguments: str | Path) -> Result:
    return CliRunner().invoke(gen_tck, [str(each) for each in arguments], standalone_mode=False)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a small run, with its traces."""
    path = tmp_path_factory.mktemp("certified") / "r.json"
    assert command("certify", "reference", *FEW, "--results", path).return_value == 0
    return path


# What may not be replaced


@pytest.mark.parametrize(
    "arguments",
    [
        ["certify", "node.toml", "--results", "OUT"],
        ["certify", "node.toml", "--html", "OUT"],
        ["certify", "node.toml", "--junit", "OUT"],
        ["explore", "node.toml", "--results", "OUT"],
        ["explore", "node.toml", "--known", "--results", "OUT"],
        ["explore", "node.toml", "--script", "script", "--trace", "OUT"],
        ["report", "RESULTS", "--html", "-o", "OUT"],
        ["report", "RESULTS", "--badge", "-o", "OUT"],
        ["report", "RESULTS", "--chart", "CASE", "-o", "OUT"],
        ["compare", "RESULTS", "RESULTS", "--markdown", "-o", "OUT"],
        ["replay", "TRACE", "--as", "erlang", "-o", "OUT"],
    ],
)
@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_what_is_no_plain_file_is_replaced(folder: Path, certified: Path, arguments: list[str], kind: str) -> None:
    if kind == "pipe":
        os.mkfifo("out")
    else:
        (folder / "elsewhere").mkdir()
        (folder / "elsewhere" / "x").write_text("old")
        (folder / "out").symlink_to("elsewhere/x")
    case = read(certified).cases[0]
    words: dict[str, str | Path] = {"OUT": "out", "RESULTS": certified, "CASE": case.id}
    words["TRACE"] = certified.parent / str(case.trace)
    done = command(*(words.get(each, each) for each in arguments))
    assert isinstance(done.exception, click.ClickException), done.output
    why = "it is a pipe" if kind == "pipe" else "it is a symbolic link that leaves its folder"
    assert done.exception.format_message().endswith(f" cannot be written to out: {why}")
    assert not (folder / "started").exists()
    assert (folder / "out").is_fifo() if kind == "pipe" else (folder / "elsewhere" / "x").read_text() == "old"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["certify", "node.toml", "--results", "x.json"], "traces cannot be written to x.traces: it is a pipe"),
        (["explore", "node.toml", "--results", "x.json"], "traces cannot be written to x.traces: it is a pipe"),
        (["certify", "node.toml", "--results", "a.traces"], "written to a.traces: that is where their traces go"),
        (["certify", "node.toml", "--results", "no/x.json"], "results cannot be written to no/x.json: no such file"),
        (["certify", "node.toml", "--results", "."], "results cannot be written to .: it is a directory"),
        (["certify", "node.toml", "--update-deviations"], "the deviations cannot be written to deviations.toml: it is"),
        (["certify", "node.toml", "--html", "a", "--junit", "a"], "--html and --junit cannot both be written to a"),
        (["certify", "node.toml", "--results", "a", "--html", "no/../a"], "--html cannot both be written to no/../a"),
        (
            ["certify", "node.toml", "otp", "--results", ".", "--junit", "otp.json"],
            "--results and --junit cannot both be written to otp.json",
        ),
        (["certify", "node.toml", "--html", "-", "--results", "-"], "cannot both be written to standard output"),
        (["explore", "node.toml", "--results", "-", "--trace", "-"], "--trace goes with --script"),
        (["certify", "node.toml", "-n", "999999999999"], "999999999999 is not in the range 0<=x<=1000"),
        (["explore", "node.toml", "--seed", "1" + 30 * "0"], "is not in the range 0<=x<="),
        (["explore", "node.toml", "--script", "."], ".: the script cannot be read: it is a directory, not a file"),
        (["explore", "node.toml", "--script", "none"], "none: the script cannot be read: no such file or directory"),
        (["report", "none", "--html"], "results cannot be read from none: no such file or directory"),
        (["report", "-", "--html"], "results cannot be read from -: no such file or directory"),
        (["compare", ".", "."], "results cannot be read from .: it is a directory, not a file"),
    ],
)
def test_what_cannot_be_written_or_read_is_found_too_late(folder: Path, arguments: list[str], complaint: str) -> None:
    os.mkfifo("x.traces")
    (folder / "deviations.toml").symlink_to("nothing")
    done = command(*arguments)
    assert isinstance(done.exception, click.ClickException), done.output
    assert complaint in done.exception.format_message()
    assert not (folder / "started").exists()
    assert {path.name for path in folder.iterdir()} == {"node.toml", "script", "x.traces", "deviations.toml"}


def test_help_is_an_error_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert gen_tck.main([], standalone_mode=False) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Usage: ")
    assert any(line.startswith("  certify ") for line in lines)


# Traces of an earlier run


def write_run(path: Path, *names: str) -> list[str]:
    """Write results of a run with such cases, and their traces, as a run does; the names of the traces."""
    cases = [Case(id=f"modes/test_a.py::{name}", clauses=[MODES], verdict="pass") for name in names]
    folder = evidence.begin(path)
    for case in cases:
        case.trace = f"{evidence.folder_of(path).name}/{evidence.name_of(case.id)}"
        evidence.add(folder, evidence.name_of(case.id), f"of {case.id}".encode())
    node = Capabilities("mine", "1.2", frozenset(PROFILES), "virtual")
    found = assemble(cases, CLAUSES, asked="it", capabilities=node, stale=[], complete=True, seconds=1.0)
    try:
        with files.written(path, documents.in_json(found), "results"):
            evidence.publish(folder, path)
    finally:
        evidence.discard(folder)
    return [evidence.name_of(case.id) for case in cases]


def test_half_a_trace_of_a_killed_worker_is_published_or_spoils_the_others(folder: Path) -> None:
    kept = evidence.begin(Path("x.json"))
    for name, content in (("a", b"first\n"), ("b", b"of b\n"), ("a", b"second look\n"), ("c", b"of c\n")):
        evidence.add(kept, name, content)
    (whole,) = kept.iterdir()
    whole.write_bytes(whole.read_bytes()[:-1])
    (kept / "1.kept").write_bytes(b'{"name":"d","by')
    evidence.publish(kept, Path("x.json"))
    there = {path.name: path.read_bytes() for path in (folder / "x.traces").iterdir()}
    assert there == {"a": b"second look\n", "b": b"of b\n"}
    assert not kept.exists()


def test_traces_of_others_are_deleted(folder: Path) -> None:
    _, _, edited = write_run(Path("x.json"), "test_a", "test_b", "test_c")
    foreign = {"foreign.12345678.jsonl", "notes"}
    for name in foreign:
        (folder / "x.traces" / name).write_text("mine")
    # Not even what was there says what may go: only the kit's own names count.
    told = Path("x.json").read_text()
    Path("x.json").write_text(told.replace(edited, "foreign.12345678.jsonl"))
    (kept,) = write_run(Path("x.json"), "test_a")
    assert {path.name for path in Path("x.traces").iterdir()} == {*foreign, kept, edited}


def test_traces_of_results_that_are_none_are_deleted(folder: Path) -> None:
    for content in (b"[" * 5000, b"\xff", b'{"cases": 5}', b'{"cases": [{"id": 5}]}'):
        before = write_run(Path("x.json"), "test_a", "test_b")
        Path("x.json").write_bytes(content)
        write_run(Path("x.json"), "test_c")
        assert {*before} <= {path.name for path in Path("x.traces").iterdir()}


def test_results_are_new_although_their_traces_could_not_be_written(folder: Path) -> None:
    (name,) = write_run(Path("x.json"), "test_a")
    before = Path("x.json").read_bytes()
    (folder / "x.traces" / name).unlink()
    os.mkfifo(folder / "x.traces" / name)
    with pytest.raises(FileError, match=r"^a trace cannot be written to x\.traces/.*: it is a pipe$"):
        write_run(Path("x.json"), "test_a", "test_b")
    assert Path("x.json").read_bytes() == before
    assert (folder / "x.traces" / name).is_fifo()
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]


# Standard output


@pytest.fixture
def printed(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Callable[..., tuple[bytes, bytes]]:
    """What a command that succeeds writes to standard output and to standard error."""

    def run(*arguments: str) -> tuple[bytes, bytes]:
        before = {path.name for path in folder.iterdir()}
        assert not gen_tck.main(list(arguments), standalone_mode=False)
        assert {path.name for path in folder.iterdir()} == before
        return capsysbinary.readouterr()

    return run


def test_results_on_standard_output_are_mixed_with_words(
    printed: Callable[..., tuple[bytes, bytes]], folder: Path
) -> None:
    results, words = printed("certify", "reference", *FEW, "--results", "-")
    (folder / "r.json").write_bytes(results)
    found = read(folder / "r.json")
    assert found.conclusion == "CONFORMS"
    assert {case.trace for case in found.cases} == {None}
    assert b"reference: CONFORMS" in words


def test_report_on_standard_output_is_mixed_with_words(printed: Callable[..., tuple[bytes, bytes]]) -> None:
    report, words = printed("certify", "reference", *FEW, "--junit", "-")
    assert report.startswith(b"<?xml")
    assert b"reference: CONFORMS" in words


def test_exploration_on_standard_output_is_mixed_with_words(
    printed: Callable[..., tuple[bytes, bytes]], folder: Path
) -> None:
    results, words = printed("explore", "reference", "--scripts", "20", "--results", "-")
    (folder / "r.json").write_bytes(results)
    assert read_exploration(folder / "r.json").scripts == 20
    assert b"0 unexplained" in words


def test_trace_on_standard_output_is_mixed_with_words(
    printed: Callable[..., tuple[bytes, bytes]], folder: Path
) -> None:
    trace, words = printed("explore", "reference", "--script", "script", "--trace", "-")
    (folder / "t").write_bytes(trace)
    assert traces.read(folder / "t").header.case == "script:given"
    assert b"as the reference has it" in words


def test_several_nodes_share_a_file(folder: Path) -> None:
    nodes = ("reference", "./node.toml")
    assert "name one, or a folder" in str(command("certify", *nodes, "--results", "x.json").exception)
    assert "name one, or a folder" in str(command("certify", *nodes, "--results", "-").exception)
    assert "reference.json" in str(command("certify", "reference", "reference", "--results", ".").exception)
    (folder / "out").mkdir()
    done = command("certify", "reference", "reference-loopback", *FEW, "--results", "out")
    assert done.return_value == 0, done.output
    names = {path.name for path in Path("out").iterdir()}
    again = command("certify", "reference", *FEW, "--results", "new/")
    assert again.return_value == 0, again.output
    assert {path.name for path in Path("new").iterdir()} == {"reference.json", "reference.traces"}
    assert "cannot be written" in str(command("certify", *nodes, "--results", "no/such/").exception)
    assert "it is a file" in str(command("certify", *nodes, "--results", "new/reference.json/").exception)
    assert names == {f"{node}.{end}" for node in ("reference", "reference-loopback") for end in ("json", "traces")}


# Who is there to read


class Failing(io.StringIO):
    """A stream that takes nothing."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def write(self, _: str) -> int:
        raise OSError(self._number, os.strerror(self._number))


def test_words_that_nobody_takes_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, trouble in (
        (errno.EPIPE, ""),
        (errno.ENOSPC, "standard output cannot be written: no space left on device"),
    ):
        stream = output.Stream("stdout")
        monkeypatch.setattr(sys, "stdout", Failing(number))
        stream.line("one")
        stream.line("two")
        assert stream.trouble == trouble


def test_document_that_is_lost_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(errno.ENOSPC))
    with pytest.raises(FileError, match=r"^standard output cannot be written: no space left on device$"):
        output.Stream("stdout").document(documents.in_text("words"))
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(FileError, match=r"^standard output is closed$"):
        output.Stream("stdout").document(documents.in_text("words"))
    monkeypatch.setattr(sys, "stdout", Failing(errno.EPIPE))
    output.Stream("stdout").document(documents.in_text("words"))


def test_word_that_a_stream_cannot_spell_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii"))
    output.Stream("stdout").line("naïve")
    assert written.getvalue() == b"na\\xefve\n"


def run(folder: Path, redirection: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a shell does, with its streams redirected."""
    words = ["sh", "-c", f'"$@" {redirection}', "sh", str(SCRIPT), *arguments]
    done = subprocess.run(words, cwd=folder, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(("arguments", "status"), [(["certify", *FEW], 0), (["--help"], 0), (["compare", "x"], 2)])
def test_reader_who_leaves_changes_the_status(tmp_path: Path, arguments: list[str], status: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([SCRIPT, *arguments], cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert done.returncode == status
    assert done.stderr == b"" if status == 0 else b"Error: there is nothing to compare with" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["judge", "TRACE"], 0), (["compare", "RESULTS", "RESULTS"], 2), (["report", "RESULTS", "--shields"], 2)],
)
def test_words_that_are_lost_go_unsaid(tmp_path: Path, certified: Path, arguments: list[str], status: int) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    words = {"RESULTS": str(certified), "TRACE": str(certified.parent / str(read(certified).cases[0].trace))}
    done = run(tmp_path, ">/dev/full", *(words.get(each, each) for each in arguments))
    assert done.returncode == status
    assert done.stderr.splitlines()[-1] == b"Error: standard output cannot be written: no space left on device"


def test_closed_streams_are_taken_for_files(tmp_path: Path, certified: Path) -> None:
    done = run(tmp_path, "<&- >&- 2>&-", "report", str(certified), "--markdown", "-o", "x.md")
    assert done.returncode == 0
    assert (tmp_path / "x.md").read_text().startswith("## ")


@pytest.mark.parametrize(("streams", "why"), [("<&-", "standard input is closed"), ("0>out", "bad file descriptor")])
def test_script_is_read_from_what_cannot_be_read(folder: Path, streams: str, why: str) -> None:
    done = run(folder, streams, "explore", "reference", "--script", "-")
    assert (done.returncode, done.stderr) == (2, f"Error: <stdin>: the script cannot be read: {why}\n".encode())


# A full disk


def test_full_disk_gives_a_traceback(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = command("certify", "reference", *FEW, "--results", "x.json")
    assert done.return_value == 2
    assert "results cannot be written to x.json: no space left on device" in done.output + (done.stderr or "")
    assert list(folder.glob(".*")) == []
    done = command("explore", "reference", "--scripts", "10", "--results", "x.json")
    assert "results cannot be written to x.json: no space left on device" in str(done.exception)


@pytest.mark.parametrize("said", ["no licence", 0, None])
def test_node_that_ends_the_kit_is_as_expected(
    said: str | int | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What runs inside the kit may call ``sys.exit``, which says nothing of the node."""

    def ended(**_: object) -> NoReturn:
        sys.exit(said)

    monkeypatch.setattr(cli.gen_tck, "main", ended)
    monkeypatch.setattr(interrupts, "ignore", lambda: None)
    with pytest.raises(SystemExit) as status:
        cli.main()
    assert status.value.code == 2
    assert capsys.readouterr().err == f"Error: a node, or what it is made of, ended the kit: {said}\n"


@pytest.mark.parametrize("columns", ["²", "0", "-1", "9" * 30])
def test_width_that_is_none_is_taken_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    done = run(tmp_path, "", "certify", "reference", *FEW)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    "arguments",
    [
        ["certify", *FEW, "--html", "x"],
        ["certify", *FEW, "-n", "2"],
        ["explore", "node.toml"],
        ["certify", "node.toml"],
    ],
    ids=" ".join,
)
def test_machine_without_room_for_temporary_files_gives_a_verdict(folder: Path, arguments: list[str]) -> None:
    words = ["sh", "-c", 'ulimit -f 0; "$@"', "sh", str(SCRIPT), *arguments]
    done = subprocess.run(words, cwd=folder, capture_output=True, check=False, text=True)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "No usable temporary directory" in done.stderr


def test_error_that_nobody_expected_is_a_judged_difference(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(**_: object) -> NoReturn:
        raise LookupError("one\n::error::two")

    monkeypatch.setattr(cli.gen_tck, "main", fails)
    monkeypatch.setattr(interrupts, "ignore", lambda: None)
    with pytest.raises(SystemExit) as status:
        cli.main()
    assert status.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(
        "Error: the kit itself failed: LookupError: one\\x{a}::error::two (conformance/commands/cli.py:"
    )
    assert told.count("\n") == 1
