"""Scripts that are given: one from a file, and those of what is known to differ."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from gen_tck.adapters import registry
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.explorer.findings import departing
from gen_tck.conformance.explorer.findings.known import KnownDifference, known_of
from gen_tck.conformance.explorer.findings.reading import read
from gen_tck.conformance.explorer.findings.results import schema
from gen_tck.conformance.explorer.generate import witnesses
from gen_tck.conformance.explorer.oracle.models import departures_of
from gen_tck.conformance.results.file import ResultsError
from gen_tck.reference.models.departure import build
from gen_tck.reference.models.departures import DEPARTURES
from gen_tck.spec.profiles import PROFILES
from tests.explorer.conftest import EndIsNotTold

pytestmark = pytest.mark.vm

TOLD = "connect with [binary,{active,true}]\npeer: send <<97>>\npeer: fin\nother: gen_tcp:close('$socket')\n"
RIGHT = "connect with [binary,{active,false}]\npeer: send <<97>>\n"
CLAUSE = "closing/active-owner-is-told-of-the-end"
DIFFERS = "peer: fin: no {tcp_closed,SOCKET}"


def _run(*arguments: str | Path, text: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(gen_tck, [str(each) for each in arguments], input=text, standalone_mode=False)
    status = result.return_value if result.exception is None else 2
    return status, result.output + str(result.exception or "")


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_open_reference", lambda: SimulatedNode(EndIsNotTold))


# --script


def test_script_that_goes_right_is_said_to_differ() -> None:
    status, output = _run("explore", "reference", "--script", "-", text=RIGHT)
    assert (status, output.splitlines()) == (
        0,
        [
            "connect with [binary,{active,false}]",
            'peer: send <<"a">>',
            "    nothing",
            "watcher: inet:getopts('$socket', [active])",
            "    inet:getopts by watcher returned {ok,[{active,false}]}",
            "",
            "as the reference has it",
        ],
    )


@pytest.mark.usefixtures("faulty")
def test_difference_of_a_script_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "told").write_text(TOLD)
    trace = tmp_path / "told.trace"
    status, output = _run("explore", "reference", "--script", tmp_path / "told", "--trace", trace)
    assert (status, output.splitlines()) == (
        1,
        [
            "connect with [binary,{active,true}]",
            'peer: send <<"a">>',
            "    owner holds {tcp,'$socket',<<\"a\">>}",
            "peer: fin",
            "  - allowed: owner holds {tcp,'$socket',<<\"a\">>}, {tcp_closed,'$socket'}; peer reads nothing, fin",
            "  + seen:    peer reads nothing, fin  <-- the first difference",
            "other: gen_tcp:close('$socket')",
            "    gen_tcp:close by other returned ok",
            "watcher: inet:getopts('$socket', [active])",
            "    inet:getopts by watcher returned {error,einval}",
            "",
            f"differs from the reference: {CLAUSE}: {DIFFERS}",
            "not known",
        ],
    )
    assert _run("judge", trace)[1].startswith(f"{trace}: fail, as recorded\n")


def test_script_in_bytes_that_are_no_text_is_read(tmp_path: Path) -> None:
    (tmp_path / "told").write_bytes(b"connect \xff")
    status, output = _run("explore", "reference", "--script", tmp_path / "told")
    assert status == 2
    assert "told: the script cannot be read: line 1: this is no text in UTF-8 (byte 8)" in output


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("connect", "<stdin>: line 1, column 1: 'connect with' and options expected, found 'connect'"),
        (f"{RIGHT}owner gets exit signal kill\nowner: gen_tcp:close('$socket')", "cannot be done when its turn comes"),
    ],
)
def test_nonsense_is_played(text: str, complaint: str) -> None:
    status, output = _run("explore", "reference", "--script", "-", text=text)
    assert status == 2
    assert complaint in output


def test_sleep_that_nobody_waits_for_is_a_step_that_cannot_be() -> None:
    assert _run("explore", "reference", "--script", "-", text=f"{RIGHT}350 ms pass\n")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--script", "-", "--seed", "1"], "--seed does not go with --script"),
        (["--script", "-", "--known"], "--known does not go with --script"),
        (["--script", "-", "--results", "no/such/x.json"], "no/such"),
        (["--script", "-", "--results", "x.json", "--trace", "x.json"], "--results and --trace cannot both be written"),
        (["--known", "--scripts", "7"], "--scripts does not go with --known"),
        (["--known", "--strict"], "--strict does not go with --known"),
        (["--known", "--trace", "x"], "--trace does not go with --known"),
        (["--trace", "x"], "--trace goes with --script"),
        (["--known", "--results", "no/such/x.json"], "no/such"),
    ],
)
def test_nonsense_is_accepted(arguments: list[str], complaint: str) -> None:
    status, output = _run("explore", "reference", *arguments, text=RIGHT)
    assert status == 2
    assert complaint in output


# --known


def _entry(**fields: Any) -> KnownDifference:
    return KnownDifference(**{"clause": CLAUSE, "reason": "planted", "script": TOLD, **fields})


@pytest.fixture
def settle(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return lambda *entries: monkeypatch.setattr(departing, "known_of", lambda *_: list(entries))


@pytest.mark.usefixtures("faulty")
def test_known_difference_that_is_there_is_not_seen(tmp_path: Path, settle: Callable[..., None]) -> None:
    settle(_entry())
    file = tmp_path / "x.json"
    status, output = _run("explore", "reference", "--known", "--results", file)
    assert (status, output.splitlines()) == (
        0,
        [f"      seen  {CLAUSE}: planted", "reference: 1 of 1 known differences are as recorded"],
    )
    written = json.loads(file.read_text())
    Draft202012Validator(schema()).validate(written)
    (looked,) = written["given"]
    assert (looked["verdict"], looked["words"], looked["script"]) == ("seen", DIFFERS, TOLD.strip())
    trace = tmp_path / looked["trace"]
    status, output = _run("judge", trace)
    assert status == 0
    assert output.startswith(f"{trace}: deviates, as recorded\n")
    status, output = _run("replay", trace, "--node", "reference")
    assert status == 0, output
    status, output = _run("replay", trace, "--as", "erlang")
    assert "-module(repro_script_known_1)." in output


@pytest.mark.usefixtures("faulty")
@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (_entry(script=RIGHT), ["  not seen", "nothing differed"]),
        (
            _entry(script=f"{TOLD}owner gets exit signal kill\nowner: gen_tcp:close('$socket')"),
            ["impossible", "cannot be done when its turn comes: owner: gen_tcp:close('$socket')"],
        ),
    ],
    ids=["not there", "cannot be"],
)
def test_known_difference_that_is_not_there_is_seen(
    entry: KnownDifference, words: list[str], settle: Callable[..., None]
) -> None:
    settle(entry)
    status, output = _run("explore", "reference", "--known")
    assert status == 1
    for each in (*words, *entry.script.splitlines()):
        assert each in output
    assert output.endswith("reference: 0 of 1 known differences are as recorded\n")


@pytest.mark.usefixtures("faulty")
@pytest.mark.parametrize(
    ("text", "verdict", "clause"), [(TOLD, "differs", CLAUSE), (RIGHT, "not seen", "")], ids=["differs", "right"]
)
def test_script_from_a_file_has_no_results(tmp_path: Path, text: str, verdict: str, clause: str) -> None:
    file, trace = tmp_path / "x.json", tmp_path / "folder" / "x.trace"
    trace.parent.mkdir()
    status, _ = _run("explore", "reference", "--script", "-", "--results", file, "--trace", trace, text=text)
    assert status == (verdict == "differs")
    written = json.loads(file.read_text())
    Draft202012Validator(schema()).validate(written)
    (looked,) = written["given"]
    assert (looked["name"], looked["verdict"], looked["clause"]) == ("given", verdict, clause)
    assert looked["trace"] == "folder/x.trace"
    status, chart = _run("report", file, "--chart", "script:given")
    assert not status
    assert "Sequence chart of script:given" in chart


@pytest.mark.usefixtures("faulty")
def test_results_of_given_scripts_are_no_parts_of_a_report(tmp_path: Path, settle: Callable[..., None]) -> None:
    settle(_entry(), _entry(script=RIGHT, reason="gone"))
    _run("explore", "reference", "--known", "--results", tmp_path / "known.json")
    for name, text in (("one", f"{RIGHT}peer: fin\n"), ("same", TOLD)):
        _run("explore", "reference", "--script", "-", "--results", tmp_path / f"{name}.json", text=text)
    status, prediction = _run("report", tmp_path / "known.json", tmp_path / "one.json")
    assert not status
    assert "      seen  closing/active-owner-is-told-of-the-end: planted" in prediction
    assert "reference: 2 of 3 given scripts went as recorded" in prediction
    _, page = _run("report", tmp_path / "known.json", tmp_path / "one.json", "--markdown")
    assert "## ❌ reference" in page
    assert "| not seen | known:2 |" in page
    status, prediction = _run("report", tmp_path / "known.json", tmp_path / "same.json")
    assert status == 2
    assert "cannot be put together: a script is in both: connect with [binary,{active,true}]; peer: send" in prediction


def test_results_of_nothing_cannot_be_read(tmp_path: Path, settle: Callable[..., None]) -> None:
    settle()
    _run("explore", "reference", "--known", "--results", tmp_path / "x.json")
    status, prediction = _run("report", tmp_path / "x.json")
    assert (status or 0, prediction) == (0, "reference: 0 of 0 known differences are as recorded\n")


def test_earlier_results_of_what_is_known_are_not_read(tmp_path: Path, settle: Callable[..., None]) -> None:
    settle(_entry())
    file = tmp_path / "x.json"
    _run("explore", "reference", "--known", "--results", file)
    new = json.loads(file.read_text())
    for each in new["given"]:
        del each["name"]
    file.write_text(json.dumps({"format": 1, "kit": new["kit"], "node": new["node"], "settled": new["given"]}))
    (looked,) = read(file).given
    assert (looked.name, looked.verdict, looked.reason) == ("known:1", "not seen", "planted")
    assert "0 of 1 known differences are as recorded" in _run("report", file)[1]
    for wrong in (7, [7], [{"verdict": "seen"}]):
        file.write_text(json.dumps({"format": 1, "kit": new["kit"], "node": new["node"], "settled": wrong}))
        with pytest.raises(ResultsError, match="holds no results of format 2"):
            read(file)


def test_what_is_seen_sometimes_has_to_be_seen(settle: Callable[..., None]) -> None:
    settle(_entry(sometimes="a race"))
    status, output = _run("explore", "reference", "--known")
    assert (status, output.splitlines()) == (
        0,
        [
            f"  not seen  {CLAUSE}: planted",
            "            this time, as it may be: a race",
            "reference: 1 of 1 known differences are as recorded",
        ],
    )


# A model of the node


@pytest.fixture
def modelled(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have ``otp`` be a release of its model, with departures off."""

    def be(release: int, *off: str) -> None:
        departures = [each for each in departures_of("otp-inet", release) if each.name not in off]
        opened = SimulatedNode(*build(departures))
        details = {**opened.capabilities.details, "release": str(release)}
        opened.capabilities = replace(opened.capabilities, profiles=frozenset(PROFILES), details=details)
        entry = replace(registry.find("otp"), open=lambda: opened)
        monkeypatch.setattr(registry, "find", lambda *_, **__: entry)

    return be


SLOT = "otp-inet/slot-outlives-its-receiver"


def test_departure_that_is_there_is_not_seen(modelled: Callable[..., None]) -> None:
    modelled(25)
    status, output = _run("explore", "otp", "--known")
    assert status == 0, output
    lines = output.splitlines()
    place = lines.index(f"      seen  {SLOT}: {DEPARTURES[SLOT].reason}")
    assert lines[place + 1 : place + 3] == [f"            breaks {each}" for each in DEPARTURES[SLOT].clauses]
    assert " no script  otp-inet/length-in-the-header-wraps: " in output


def test_departure_that_is_gone_is_seen(modelled: Callable[..., None]) -> None:
    modelled(25, SLOT)
    status, output = _run("explore", "otp", "--known")
    assert status == 1
    assert [line for line in output.splitlines() if line.startswith("  not seen")] == [
        f"  not seen  {SLOT}: {DEPARTURES[SLOT].reason}"
    ]


def test_release_that_nobody_ran_is_not_told(modelled: Callable[..., None]) -> None:
    modelled(30)
    status, output = _run("explore", "otp", "--known")
    assert status == 0, output
    assert output.startswith("not run on OTP 30, but on 25, 27, 29: ")


@pytest.mark.parametrize("off", [(), ("otp-inet/one-caller-is-known",)], ids=["there", "something else is gone"])
def test_departure_behind_a_difference_is_not_named(modelled: Callable[..., None], off: tuple[str, ...]) -> None:
    modelled(25, *off)
    (witness,) = [each for each in witnesses.load() if each.shows == SLOT and 25 in each.releases]
    status, output = _run("explore", "otp", "--script", "-", text=witness.script)
    assert status == 1
    assert f"known: {SLOT}: {DEPARTURES[SLOT].reason}" in output


# The files


def test_what_is_known_of_a_node_of_ones_own_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_text('command = "./my-node"')
    entry = f"[[known]]\nclause = {CLAUSE!r}\nreason = 'why'\nscript = '''{TOLD}'''\n"
    (tmp_path / "scripts.toml").write_text(entry)
    (found,) = known_of(registry.find(str(tmp_path / "node.toml")), SimulatedNode().capabilities)
    assert (found.reason, found.script) == ("why", TOLD)


@pytest.mark.parametrize("node", ["otp", "otp-socket"])
def test_known_difference_is_not_seen_on_the_erlang_at_hand(node: str, erl: str) -> None:
    status, output = _run("explore", node, "--known", "--erl", erl)
    assert status == 0, output
