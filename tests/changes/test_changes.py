"""A small change of each kind, as a patch: it touches no more files than CONTRIBUTING says, and it works.

Each patch is applied to a copy of the checkout, as the working tree has it. What a command makes (schemas and their
like) is no part of a patch and does not count: it is made anew in the copy, where something looks at it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest

from tests.changes.copies import GENERATED, Copy, base, copy_of, patch_of, touched
from tests.once import Once

KINDS = (
    "clause",
    "call",
    "option",
    "framing",
    "profile",
    "verdict",
    "node",
    "wire request",
    "explorer step",
    "report form",
    "release of OTP",
    "page",
)
MOST = {"wire request": 9, "verdict": 5, "explorer step": 4}
"""So many files of the kit may be touched by hand, whatever CONTRIBUTING says."""
PLACES = {"CHAPTER": "*", "TOPIC": "*", "NAME": "*", "PAGE": "*", "MODULE": "*", "FORM": "*", "NODE": "*"}
"""What stands for any name in CONTRIBUTING."""

Changed = Callable[[str], Copy]

pytestmark = pytest.mark.vm  # whole runs, in processes of their own

types = pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is not here (pip install 'gen-tck[types]')")
"""Marks a test that has a change of which a part is forgotten looked at by mypy."""


@pytest.fixture(scope="module")
def original(checkout: Path, once: Once) -> Copy:
    """A copy of the checkout without any change."""
    if not (checkout / ".git").exists():
        pytest.skip("this is no checkout: git tells what belongs to it")
    return Copy(once("original", lambda folder: base(checkout, folder)))


@pytest.fixture
def changed(original: Copy, tmp_path: Path) -> Changed:
    """``changed(kind)`` is a copy with the change of that kind in it."""

    def change(kind: str) -> Copy:
        copy = copy_of(original, tmp_path / "copy")
        copy.apply(patch_of(kind))
        return copy

    return change


def said(checkout: Path) -> dict[str, tuple[int, list[str]]]:
    """For each kind of change: how many files CONTRIBUTING says it touches by hand, and which."""
    text = (checkout / "CONTRIBUTING.md").read_text().partition("## What to touch")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:2] == "| "]
    by_hand = {kind: (number, re.sub(r"\*`[^*]*`\*", "", names)) for kind, number, names, _ in rows if number.isdigit()}
    return {kind: (int(number), re.findall(r"`([^`]+)`", names)) for kind, (number, names) in by_hand.items()}


def test_kind_has_no_demonstration(checkout: Path) -> None:
    assert set(KINDS) <= set(said(checkout))
    assert {path.name for path in Path(__file__).parent.glob("*.patch")} == {patch_of(kind).name for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_change_touches_more_than_contributing_says(checkout: Path, kind: str) -> None:
    number, names = said(checkout)[kind]
    files = touched(patch_of(kind))
    assert len(files) == number
    assert number <= MOST.get(kind, number)
    assert not set(files) & set(GENERATED), "what a command makes is made by it"
    patterns = [re.sub("|".join(PLACES), "*", name) for name in names]
    unnamed = [file for file in files if not any(fnmatch(f"/{file}", f"*/{pattern}") for pattern in patterns)]
    assert unnamed == []


def test_clause_is_not_shown_or_not_tested(changed: Changed) -> None:
    copy = changed("clause")
    told = copy.gen_tck("show", "ownership/port-is-that-of-the-name")
    assert "a socket has one port, whichever way it is asked for" in told
    assert "ownership/test_foundations.py::test_socket_has_two_ports" in told
    told = copy.gen_tck("certify", "reference", "--clause", "ownership/port-is-that-of-the-name")
    assert "reference: CONFORMS in 1 clause of listeners (must 1 of 1)" in told


def test_clause_without_a_test_is_overlooked(changed: Changed) -> None:
    copy = changed("clause")
    copy.edit("conformance/ownership/test_foundations.py", '@clause("ownership/port-is-that-of-the-name")\n', "")
    told = copy.pytest("tests/spec/test_ledger.py", "-k", "ledger_is_open", status=1)
    assert "ownership/port-is-that-of-the-name has no test; write one" in told


def test_option_is_not_taken(changed: Changed) -> None:
    copy = changed("option")
    told = copy.gen_tck("certify", "reference", "reference-loopback", "--clause", "modes/tos-is-taken")
    assert told.count("4 cases, 1 clause") == 2
    assert told.count(": CONFORMS in 1 clause of inspection (must 1 of 1)") == 2


def test_option_that_the_reference_lacks_is_overlooked(changed: Changed) -> None:
    copy = changed("option")
    copy.edit("reference/driver/options.py", '    "tos": _type_of_service,\n', "")
    told = copy.gen_tck("certify", "reference", "--clause", "modes/tos-is-taken", status=1)
    assert "modes/tos-is-taken: expected {ok,_}, saw" in told


def test_framing_is_not_taken(changed: Changed) -> None:
    copy = changed("framing")
    told = copy.gen_tck("certify", "reference", "reference-loopback", "--clause", "framing/ssl-tls-*")
    assert told.count(": CONFORMS in 2 clauses of framings (must 2 of 2)") == 2


def test_framing_without_a_clause_is_overlooked(changed: Changed) -> None:
    copy = changed("framing")
    copy.edit("spec/chapters/framing.md", ":::{clause} ssl-tls-is-taken\n", ":::{clause} ssl-tls-is-had\n")
    copy.edit("spec/chapters/framing.md", ":builds-on: framing/ssl-tls-is-taken\n", "")
    told = copy.pytest("tests/spec/test_calls.py", "-k", "foundation", status=1)
    assert "KeyError: 'framing/ssl-tls-is-taken'" in told


def test_profile_cannot_be_claimed(changed: Changed) -> None:
    copy = changed("profile")
    told = copy.gen_tck("certify", "reference", "--profile", "monitors")
    assert "reference: CONFORMS to monitors (must " in told
    copy.pytest("tests/spec/test_calls.py", "tests/conformance/test_uses.py", "-k", "foundation or core_is")


def test_node_of_another_package_is_not_found(changed: Changed) -> None:
    copy = changed("node")
    copy.install("examples/node")
    told = copy.gen_tck("certify", "nameless", "--clause", "ownership/*name*")
    assert "deviates  ownership/peername-answers (test_socket_has_no_remote_address): its sockets are pipes" in told
    assert "nameless: DEVIATES AS RECORDED" in told


def test_form_of_a_report_is_not_made(changed: Changed) -> None:
    copy = changed("report form")
    told = copy.gen_tck("report", "--csv", "tests/conformance/stored/results-1.json")
    head, *rows = told.splitlines()
    assert head.startswith("node,clause,level,profile,case,verdict,")
    assert rows
    assert all(row.split(",")[5] for row in rows)


def test_release_cannot_be_had(changed: Changed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = changed("release of OTP")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    told = copy.python("tools/otp-releases", "--erl", "28", status=1)
    assert "OTP 28 is not installed here: tools/otp-releases 28 installs it" in told
    tox = (copy.root / "tox.ini").read_text()
    assert re.search(r"^ +otp28\n +otp28-socket$", tox, re.MULTILINE)
    assert "[testenv:otp{,27,28,29}{,-socket}]" in tox


def warnings_of_the_site(copy: Copy) -> str:
    """What Sphinx says of it, without the chapters and what the site's own directives bring: see ``tests/docs``."""
    pytest.importorskip("myst_parser", reason="Sphinx is not here (pip install 'gen-tck[docs]')")
    plain = ("-E", "-C", "-D", "extensions=myst_parser", "-D", "exclude_patterns=chapters/*")
    copy.python("-m", "sphinx", "-q", "-w", "warnings", *plain, "-b", "dummy", "docs", "site")
    return (copy.root / "warnings").read_text()


def test_page_is_not_on_the_site(changed: Changed) -> None:
    copy = changed("page")
    assert "questions.md" not in warnings_of_the_site(copy)
    copy.edit("docs/index.md", "questions\n", "")
    copy.edit("docs/questions.md", "{doc}`glossary`", "{doc}`glosary`")
    told = warnings_of_the_site(copy)
    assert re.search(r"questions\.md: WARNING: document isn't included in any toctree", told)
    assert re.search(r"questions\.md:\d+: WARNING: unknown document: 'glosary'", told)


SKIPPED = """
def pytest_runtest_call(item):
    import pytest
    if "takes_the_socket" in item.name:
        pytest.skip("not today")
"""


def test_verdict_is_missing_in_a_report(changed: Changed) -> None:
    copy = changed("verdict")
    copy.make("conformance/results/results.schema.json")
    (copy.root / "not_today.py").write_text(SKIPPED)
    chosen = ("--clause", "ownership/only-the-owner-may-transfer", "--node", "reference", "--results", "found.json")
    told = copy.pytest("-p", "not_today", "--pyargs", "gen_tck.conformance.ownership.test_transfer", *chosen, status=2)
    assert "COULD NOT TELL: 1 case was skipped" in told
    found = json.loads((copy.root / "found.json").read_text())
    schema = json.loads((copy.root / "conformance/results/results.schema.json").read_text())
    jsonschema.validate(found, schema)
    assert [case["message"] for case in found["cases"] if case["verdict"] == "skipped"] == ["not today"]
    told = copy.python("-c", EVERY_FORM, "found.json", *SHOWN)
    for form, document in zip(SHOWN, told.split("----\n")[1:], strict=True):
        assert SHOWN[form] in document, form


EVERY_FORM = """
import sys
from pathlib import Path
from gen_tck.conformance.commands.reports import make
from gen_tck.conformance.reports.source import load
from gen_tck.spec import clauses
source = load(Path(sys.argv[1]), clauses.load())
for form in sys.argv[2:]:
    print("----", make(form, [source]).decode(), sep="\\n")
"""


@types
def test_verdict_that_says_nothing_escapes_the_types(changed: Changed) -> None:
    copy = changed("verdict")
    copy.types("conformance.results.conclusion")
    copy.edit("conformance/results/verdicts.py", 'case "skipped" | "not-run":', 'case "not-run":')
    copy.edit("conformance/results/conclusion.py", 'case "skipped":', 'case "nothing":')
    told = copy.types("conformance.results.conclusion", status=1)
    for file in ("verdicts", "conclusion"):
        assert re.search(rf"{file}\.py:\d+: error: Argument 1 to \"assert_never\" has .*Literal\['skipped'\]", told), (
            file
        )


SHOWN = {
    "html": "1 case was skipped",
    "junit": '<skipped type="skipped" message="skipped: not today"',
    "markdown": "1 skipped",
    "earl": "earl:untested",
    "badge": "1 case was skipped",
    "shields": "1 case was skipped",
}
"""What each form of report says of a case that was skipped."""


def test_call_is_not_made(changed: Changed) -> None:
    copy = changed("call")
    told = copy.gen_tck("certify", "reference", "reference-loopback", "--clause", "ownership/is-ipv4-address-answers")
    assert told.count(": CONFORMS in 1 clause of listeners (must 1 of 1)") == 2


def test_call_that_an_agent_lacks_is_overlooked(changed: Changed) -> None:
    copy = changed("call")
    copy.edit("adapters/beam/gen_tck_agent.erl", ", {is_ipv4_address, 1}", "")
    copy.edit("reference/functions.py", '    "inet.is_ipv4_address/1": inet.is_ipv4_address,\n', "")
    copy.edit("spec/admission.py", '    "inet.is_ipv4_address/1": (_anything,),\n', "")
    tests = ("tests/adapters/test_agents_calls.py", "tests/reference/test_functions.py", "tests/spec/test_admission.py")
    told = copy.pytest(*tests, status=1)
    assert len(re.findall(r"^FAILED (tests/\w+/\w+\.py)::", told, re.MULTILINE)) == 3


PAUSE = """
connect with [binary, {active, false}]
peer: pause
owner: gen_tcp:send('$socket', <<"abc">>)
peer: read
"""


def test_step_of_scripts_is_not_played(changed: Changed) -> None:
    copy = changed("explorer step")
    (copy.root / "script").write_text(PAUSE)
    told = copy.gen_tck("explore", "reference", "--script", "script")
    assert 'gen_tcp:send by owner returned ok\npeer: read\n    peer reads <<"abc">>, open' in told
    assert "as the reference has it" in told
    told = copy.python("-c", DRAWN, "script")
    assert int(told.split()[0]) > 0, "it is never drawn"
    assert told.split()[1] == "True", "Erlang is told nothing of it"


DRAWN = """
import sys
from pathlib import Path
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.play.encode import Encoder
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.spec.profiles import PROFILES
generator = Generator(1, frozenset(PROFILES))
drawn = [str(step) for number in range(200) for step in generator.random(number)[1]]
encoded = Encoder().batch([(0, Oracle().predict(*parse(Path(sys.argv[1]).read_text())))])
print(drawn.count("peer: pause"), b"pause" in encoded)
"""


def test_step_of_scripts_is_not_played_in_erlang(changed: Changed, erl: str) -> None:
    copy = changed("explorer step")
    done = subprocess.run(
        [erl, "-noshell", "-eval", PAUSED], cwd=copy.root, capture_output=True, text=True, check=False
    )
    assert done.stdout == "#{reading => 0}"


PAUSED = """
    {ok, Module, Beam} = compile:file("adapters/beam/gen_tck_scripts.erl", [binary, export_all, nowarn_export_all]),
    {module, Module} = code:load_binary(Module, "", Beam),
    io:format("~p", [Module:peer_acts(pause, <<>>, peer, #{reading => all})]),
    halt().
"""


@types
def test_step_of_scripts_that_nobody_does_escapes_the_types(changed: Changed) -> None:
    copy = changed("explorer step")
    copy.types("conformance.explorer.script.remote_peer")
    copy.edit(
        "conformance/explorer/script/remote_peer.py",
        'case "pause":\n                return',
        'case "stop":\n                return',
    )
    copy.edit(
        "conformance/explorer/script/remote_peer.py",
        'case "pause":\n                self',
        'case "stop":\n                self',
    )
    told = copy.types("conformance.explorer.script.remote_peer", status=1)
    wrong = r"remote_peer\.py:\d+: error: Argument 1 to \"assert_never\" has .*Literal\['pause'\]"
    assert len(re.findall(wrong, told)) == 2


PROGRAM = """
import json, os, socket, sys

kit = socket.create_connection((os.environ["GEN_TCK_HOST"], int(os.environ["GEN_TCK_PORT"])))
say = lambda answer: kit.sendall(json.dumps(answer).encode() + b"\\n")
say({"gen_tck": 1, "token": os.environ["GEN_TCK_TOKEN"], "name": "it", "version": "1", "profiles": []})
for line in kit.makefile("rb"):
    request = json.loads(line)
    answers = {"spawn": {"pid": {"$h": 1, "kind": "pid"}}, "status": {"status": "idle"}, "clear": {"ok": True}}
    if sys.argv[1:] == ["new"]:
        answers["reductions"] = {"reductions": 42}
    say({"id": request["id"], **answers.get(request["do"], {"failed": "it knows no such request"})})
"""
ASKED = """
import sys
from pathlib import Path
from gen_tck.adapters.child import open_child
from gen_tck.adapters.interface import CallFailed
from gen_tck.adapters.registry import open_node
from gen_tck.conformance.traces import file
from gen_tck.conformance.traces.narration import narrate
from gen_tck.conformance.traces.playback import Playback
from gen_tck.conformance.traces.recorder import Recorder

for name, node in {
    "new": open_child([sys.executable, "program.py", "new"]),
    "old": open_child([sys.executable, "program.py"]),
    "reference": open_node("reference"),
}.items():
    recorder = Recorder(node)
    process = recorder.spawn()
    try:
        print(name, process.reductions())
    except CallFailed as reason:
        print(name, "refuses:", reason)
    print(name, process.status())
    if name == "new":
        header = file.Header(kit="0", case="c", clauses=[], node=file.node_facts(recorder.capabilities))
        Path("trace").write_bytes(file.encode(header, recorder.lines, {}))
        trace = file.read(Path("trace"))
        print("told", narrate(trace.events)[-1].text)
        print("played", Playback(trace).spawn().reductions())
    node.close()
"""


def test_request_is_not_answered_or_refused_rudely(changed: Changed) -> None:
    copy = changed("wire request")
    copy.make("adapters/wire.schema.json", "conformance/traces/trace.schema.json")
    copy.write("program.py", PROGRAM)
    told = copy.python("-c", ASKED).splitlines()
    assert told == [
        "new 42",
        "new idle",
        "told has reductions 42",
        "played 42",
        f"old refuses: `{sys.executable}`: it knows no such request",
        "old idle",
        "reference refuses: the node does not count what its processes do",
        "reference idle",
    ]
    assert '"ReductionsRequest": {' in (copy.root / "adapters/wire.schema.json").read_text()
    assert '"ReductionsSeen": {' in (copy.root / "conformance/traces/trace.schema.json").read_text()


def test_request_is_not_answered_by_erlang(changed: Changed, erl: str) -> None:
    told = changed("wire request").python("-c", ASKED_OF_OTP)
    assert int(told) > 0


ASKED_OF_OTP = """
from gen_tck.adapters.registry import open_node
node = open_node("otp")
print(node.spawn().reductions())
node.close()
"""


@types
def test_request_that_is_passed_on_by_nobody_escapes_the_types(changed: Changed) -> None:
    copy = changed("wire request")
    modules = ("conformance.traces.recorder", "conformance.traces.playback", "adapters.registry")
    copy.types(*modules)
    for file in (
        "adapters/guard.py",
        "adapters/processes.py",
        "conformance/traces/recorder.py",
        "conformance/traces/playback.py",
    ):
        copy.edit(file, "def reductions(", "def reduction(")
    told = copy.types(*modules, status=1)
    for name in ("GuardedProcess", "ChildProcess", "RecordedProcess", "PlayedProcess"):
        assert f"-> {name}\n" in told or f'"{name}" is missing following "Process" protocol member' in told, name
