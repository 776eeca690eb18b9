"""Runs of the kit, each in a process of its own: what :mod:`gen_tck` offers to Python programs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from gen_tck.adapters import interrupts
from gen_tck.conformance.explorer.findings import reading
from gen_tck.conformance.explorer.findings.results import Results as Exploration
from gen_tck.conformance.explorer.generate.vocabulary import in_words
from gen_tck.conformance.results import file as runs
from gen_tck.conformance.results.file import Results, ResultsError
from gen_tck.conformance.results.verdicts import EXIT_STATUS

__all__ = ["CouldNotTell", "Exploration", "Results", "certify", "explore"]

_COULD_NOT_TELL = 2
_Found = TypeVar("_Found")


class CouldNotTell(Exception):
    """There are no results, or they are not to be trusted; the message is what the kit said on standard error."""


def certify(
    node: str | PathLike[str],
    *,
    clauses: Iterable[str] = (),
    profiles: Iterable[str] = (),
    levels: Iterable[str] = (),
    workers: int = 0,
    erl: str = "erl",
    limits: Mapping[str, float] | None = None,
    strict: bool = False,
    slow: bool = False,
    run_blocked: bool = False,
    check: bool = True,
    results: str | PathLike[str] | None = None,
) -> Results:
    """Run the tests on ``node`` (a name, or the path of a manifest) and say whether it conforms: its ``conclusion``.

    ``clauses`` are patterns such as ``ownership/*``; without any, all are meant, and so it is with ``profiles``; levels
    are by default must and should. ``workers``: how many processes share the cases. ``limits``: by the names of the
    page *Limits*, ``{"total": 600}`` seconds. ``strict``: take no notice of recorded deviations. ``slow``: also
    run what takes a node with a real clock long. ``check``: see whether
    it speaks the protocol. ``results``: the file in which they are kept, with the traces of the cases beside it.

    Raises ``CouldNotTell`` where there is no node, for arguments that make no sense, and where a run broke off. Results
    whose conclusion is COULD NOT TELL are returned like others.
    """
    words = [
        *_each("--clause", clauses),
        *_each("--profile", profiles),
        *_each("--level", levels),
        *_common(erl, limits, workers, strict),
        *(["--slow"] if slow else []),
        *(["--run-blocked"] if run_blocked else []),
        *([] if check else ["--no-check"]),
    ]
    found, status, said = _made("certify", node, words, results, runs.read)
    if status != EXIT_STATUS[found.conclusion]:
        raise CouldNotTell(said)
    return found if results is not None else runs.without_traces(found)


def explore(
    node: str | PathLike[str],
    *,
    scripts: int = 10_000,
    depth: int = 0,
    seed: int = 1,
    workers: int = 0,
    erl: str = "erl",
    limits: Mapping[str, float] | None = None,
    strict: bool = False,
    results: str | PathLike[str] | None = None,
) -> Exploration:
    """Play generated scripts on ``node`` and let the reference judge them: what it did otherwise is ``unexplained``.

    ``depth``: the first scripts are all those of a small alphabet up to this length; the rest are drawn from ``seed``.
    All else is as for :func:`certify`. Raises ``CouldNotTell``.
    """
    words = [
        *("--scripts", str(scripts), "--depth", str(depth), "--seed", str(seed)),
        *_common(erl, limits, workers, strict),
    ]
    found, status, said = _made("explore", node, words, results, reading.read)
    if status == _COULD_NOT_TELL:
        raise CouldNotTell(said or _why(found))
    if results is None:
        for each in found.groups:
            each.trace = None
    return found


def _why(found: Exploration) -> str:
    """Why an exploration could not tell, if it said nothing on standard error."""
    return "; ".join([*in_words(found.left_out), *(each.why for each in found.refused)])


def _each(option: str, values: Iterable[str]) -> list[str]:
    if isinstance(values, str):  # its letters would be taken for patterns
        raise TypeError(f"a string was given for {option}: give a list of strings")
    return [f"{option}={value}" for value in values]


def _common(erl: str, limits: Mapping[str, float] | None, workers: int, strict: bool) -> list[str]:
    settings = [f"{name}={value}" for name, value in (limits or {}).items()]
    several = ["-n", str(workers)] if workers else []
    return [f"--erl={erl}", *_each("--limit", settings), *several, *(["--strict"] if strict else [])]


def _made(
    command: str,
    node: str | PathLike[str],
    words: Iterable[str],
    kept: str | PathLike[str] | None,
    read: Callable[[Path], _Found],
) -> tuple[_Found, int, str]:
    """What the command found, its exit status, and what it said. Raises :class:`CouldNotTell` without results."""
    with _file(kept) as path:
        status, said = _run(command, node, words, path)
        try:
            return read(path), status, said
        except ResultsError as reason:
            raise CouldNotTell(said or str(reason)) from None


@contextmanager
def _file(wanted: str | PathLike[str] | None) -> Iterator[Path]:
    """Where results go: where they are wanted, or a file for the time being."""
    if wanted is not None:
        yield Path(wanted)
        return
    with TemporaryDirectory(prefix="gen-tck-") as folder:
        yield Path(folder, "results.json")


def _run(command: str, node: str | PathLike[str], words: Iterable[str], results: Path) -> tuple[int, str]:
    """Run the command; its exit status, and what it said on standard error. It ends before anything is raised."""
    line = [
        sys.executable,
        "-m",
        "gen_tck",
        "--no-configuration",
        command,
        *words,
        f"--results={results}",
        "--",
        fspath(node),
    ]
    child = None
    try:
        with interrupts.postponed():  # or the program would be there, and nobody would know
            child = subprocess.Popen(
                line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
        _, said = child.communicate()
    except BaseException:
        if child is not None:
            child.terminate()  # the kit ends in order, and its nodes with it
            child.communicate()
        raise
    return child.returncode, said.strip()
