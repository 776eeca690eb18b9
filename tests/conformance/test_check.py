"""``gen-tck check``: what it finds in adapters that each make one mistake, and that it finds nothing in good ones."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gen_tck.adapters.child import ChildNode, StartedChild, Transport, open_child
from gen_tck.adapters.interface import Node, NodeUnavailable
from gen_tck.adapters.limits import DEFAULTS
from gen_tck.adapters.registry import find
from gen_tck.adapters.restarting import RestartingNode
from gen_tck.conformance.check.breaches import BREACHES
from gen_tck.conformance.check.checking import NoAdapter, check, check_quickly
from gen_tck.conformance.check.conversation import Conversation
from gen_tck.conformance.check.exchange import Finding
from gen_tck.conformance.check.exchanges import ALL, EXCHANGES, QUICK, not_yet_seen
from tests.nodes.wrong_adapters import FAULTS, SOUND

PROGRAM = Path(__file__).parents[1] / "nodes" / "wrong_adapters.py"
LIMITS = DEFAULTS.changed({"answer": 1})
"""What is never answered is not waited for long."""


def start(fault: str, folder: Path) -> Node:
    """The adapter with that fault."""
    words = [sys.executable, str(PROGRAM), fault, str(folder / "mark")]
    kind = SOUND.get(fault) or FAULTS[fault][1]
    if kind.restarts:
        return RestartingNode(lambda: StartedChild(words, limits=LIMITS))
    return open_child(words, limits=LIMITS)


def found(fault: str, folder: Path) -> dict[str, Finding]:
    return {each.exchange: each for each in check(lambda: start(fault, folder))}


@pytest.mark.vm
@pytest.mark.parametrize("fault", FAULTS)
def test_mistake_is_named_by_another_exchange(fault: str, tmp_path: Path) -> None:
    broken = [each for each in found(fault, tmp_path).values() if each.verdict == "broken"]
    assert [each.exchange for each in broken] == [FAULTS[fault][0]], broken
    assert broken[0].saw
    assert broken[0].mend


def test_sound_adapter_is_accused(tmp_path: Path) -> None:
    seen = found("sound", tmp_path)
    assert list(seen) == [each.name for each in EXCHANGES]
    assert {each.verdict for each in seen.values()} == {"ok"}, seen


@pytest.mark.parametrize(
    ("fault", "way", "left_out", "instead"),
    [
        (
            "sound-drains",
            "look",
            "its mailboxes can only be drained",
            {"draining-removes-what-it-gives", "draining-during-a-call-loses-nothing"},
        ),
        ("sound-starts-anew", "clear", "it is started anew instead of a `clear`", {"a-spare-bears-to-wait"}),
    ],
)
def test_sound_adapter_of_another_way_is_accused(
    tmp_path: Path, fault: str, way: str, left_out: str, instead: set[str]
) -> None:
    seen = found(fault, tmp_path)
    skipped = {each.name for each in EXCHANGES if each.way == way}
    assert skipped
    assert {name: each.saw for name, each in seen.items() if each.verdict != "ok"} == dict.fromkeys(skipped, left_out)
    assert {*seen} == {each.name for each in EXCHANGES} | instead


def test_node_without_a_spare_is_asked_for_one(tmp_path: Path) -> None:
    words = [sys.executable, str(PROGRAM), "runs-alone", str(tmp_path / "mark")]
    seen = list(check(lambda: RestartingNode(lambda: StartedChild(words, limits=LIMITS), spare=False)))
    assert "a-spare-bears-to-wait" not in {each.exchange for each in seen}
    assert {each.verdict for each in seen} == {"ok", "skipped"}


@pytest.mark.parametrize("fault", ["sound-drains", "sound-starts-anew"])
def test_quick_part_leaves_something_of_another_way(fault: str, tmp_path: Path) -> None:
    node = start(fault, tmp_path)
    assert check_quickly(node) is None
    assert node.spawn().status() == "idle"
    node.close()


@pytest.mark.parametrize("transport", ["dial", "stdio"])
def test_reference_that_drains_is_accused(transport: Transport) -> None:
    served = [sys.executable, str(PROGRAM.with_name("served.py")), "--drain"]
    seen = list(check(lambda: open_child(served, transport=transport)))
    assert [each for each in seen if each.verdict == "broken"] == []


def test_reference_behind_the_wire_is_accused() -> None:
    served = [sys.executable, str(PROGRAM.with_name("served.py"))]
    assert [each for each in check(lambda: open_child(served)) if each.verdict != "ok"] == []


@pytest.mark.parametrize(("program", "said"), [("served.py", b'{"$f": "100.0"}'), ("wrong_adapters.py", b"[100.0]")])
def test_floats_are_sent_as_another_minor_has_them(program: str, said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """From minor 1 on they are tagged: a JSON library may take 100.0 for 100."""
    sent = []

    def write(talk: Conversation, data: bytes) -> None:
        sent.append(data)
        genuine(talk, data)

    genuine = Conversation.write
    monkeypatch.setattr(Conversation, "write", write)
    command = [sys.executable, str(PROGRAM.with_name(program))]
    seen = check(lambda: open_child([*command, "sound", "-"] if program == PROGRAM.name else command))
    assert {each.exchange: each.verdict for each in seen}["floats-there-and-back"] == "ok"
    assert said in b"".join(sent)


@pytest.mark.vm
@pytest.mark.skipif(shutil.which("erl") is None, reason="no erl")
@pytest.mark.parametrize("name", ["otp", "otp-socket"])
def test_agent_is_accused(name: str) -> None:
    assert [each for each in check(find(name).open) if each.verdict != "ok"] == []


def test_mistakes_are_few() -> None:
    assert len(FAULTS) >= 30
    assert {exchange for exchange, _ in FAULTS.values()} == {each.name for each in ALL}


def test_protocol_says_something_else(checkout: Path) -> None:
    protocol = " ".join((checkout / "adapters" / "PROTOCOL.md").read_text().split())
    missing = [each.name for each in ALL if " ".join(each.says.split()) not in protocol]
    assert missing == []


def test_breach_is_told_in_words_of_the_kits_own(checkout: Path) -> None:
    protocol = " ".join((checkout / "adapters" / "PROTOCOL.md").read_text().split())
    assert [each for each in BREACHES if each.says not in protocol] == []


SAYS_WRONG = """
import json, sys
hello = {"gen_tck": 1, "minor": 1, "name": "wrong", "version": "1", "profiles": ["essentials"]}
fault, number = sys.argv[1], 0

def say(message):
    sys.stdout.write(json.dumps(message) + "\\n")
    if fault not in ("never-flushes", "forgets-to-flush") or (fault == "forgets-to-flush" and "gen_tck" in message):
        sys.stdout.flush()

if fault == "misspells":
    hello["profile"] = hello.pop("profiles")
say(hello)
for line in sys.stdin:
    request = json.loads(line)
    number += 1
    pid = {"$h": str(number) if fault == "quotes-handles" else number, "kind": "pid"}
    pid = {"$H": number, "kind": "pid"} if fault == "has-another-tag" else pid
    field = "pidd" if fault == "misspells-answers" else "pid"
    say({"id": str(request["id"]) if fault == "quotes-ids" else request["id"], field: pid})
"""


@pytest.mark.parametrize(
    ("fault", "saw", "mend"),
    [
        (
            "misspells",
            "missing required field `profiles`; there is no field `profile`; did you mean `profiles`?",
            "fields",
        ),
        ("never-flushes", "sent no handshake in 0.5 s; it printed ''; did it flush what it wrote?", "flush"),
        ("forgets-to-flush", "`spawn` was not answered in 0.5 s; did it flush what it wrote?", "flush it"),
        ("quotes-ids", "Expected `int`, got `str` - at `$.id`", "`id` as the number"),
        ("quotes-handles", "('1' is no number of a handle)", "`$h` is a number"),
        ("has-another-tag", "is not a term of the protocol", "the table of terms"),
        ("misspells-answers", "unknown field `pidd`; did you mean `pid`?", "the field of that request"),
    ],
)
def test_what_to_mend_is_something_else(tmp_path: Path, fault: str, saw: str, mend: str) -> None:
    (tmp_path / "says_wrong.py").write_text(SAYS_WRONG)
    command = [sys.executable, str(tmp_path / "says_wrong.py"), fault]
    limits = DEFAULTS.changed({"answer": 0.5, "start": 0.5})
    environment = {"PYTHONUNBUFFERED": ""}
    seen = check(lambda: open_child(command, environment, transport="stdio", limits=limits))
    try:
        broken = next(each for each in seen if each.verdict == "broken")
        told = f"{broken.saw}; {broken.mend}"
    except NodeUnavailable as reason:  # nobody to talk to: there is no exchange to be broken
        told = f"{reason}; {mend}"
    assert saw in told
    assert mend in told
    assert "standard error" not in told


def test_exchange_needs_a_later_one() -> None:
    names = [each.name for each in ALL]
    assert len(set(names)) == len(names)
    for place, each in enumerate(ALL):
        assert set(each.needs) <= set(names[:place]), each.name
    quick = [each.name for each in QUICK]
    for each in QUICK:
        assert set(each.needs) <= set(quick), each.name


def test_quick_part_leaves_something(tmp_path: Path) -> None:
    node = start("sound", tmp_path)
    assert check_quickly(node) is None
    assert node.spawn().status() == "idle"
    node.close()


@pytest.mark.parametrize(
    "fault", ["drains-the-mailbox", "ends-at-an-unknown-request", "has-53-bits", "gives-messages-again"]
)
def test_quick_part_overlooks_a_mistake(fault: str, tmp_path: Path) -> None:
    node = start(fault, tmp_path)
    broken = check_quickly(node)
    node.close()
    assert broken is not None
    assert broken.exchange == FAULTS[fault][0]


def test_what_is_not_claimed_is_asked_for(tmp_path: Path) -> None:
    def partial() -> Node:
        node = start("sound", tmp_path)
        assert isinstance(node, ChildNode)
        node.capabilities = replace(node.capabilities, profiles=frozenset({"packets"}))
        return node

    seen = {each.exchange: each for each in check(partial)}
    assert {each.verdict for each in seen.values()} == {"ok", "skipped"}
    assert seen["a-call-that-waits-blocks-nothing"].saw == "it takes gen_tcp.listen/2, which the node does not claim"
    assert not_yet_seen(seen.values()) == ["calls that wait", "what settle waits for", "sockets at clear"]


def test_node_in_process_has_an_adapter() -> None:
    with pytest.raises(NoAdapter):
        list(check(find("reference").open))


# The command


def gen_tck(folder: Path, fault: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in ``folder``, in which the adapter with that fault is ``node.toml``."""
    command = json.dumps([sys.executable, str(PROGRAM), fault, str(folder / "mark")])
    (folder / "node.toml").write_text(f"command = {command}\n")
    script = Path(sys.executable).with_name("gen-tck")
    return subprocess.run([script, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_breach_is_told_without_its_sentence(tmp_path: Path) -> None:
    done = gen_tck(tmp_path, "drains-the-mailbox", "check", "./node.toml")
    assert done.returncode == 1
    assert (
        "broken   reading-removes-nothing\n"
        "         saw       a mailbox that is read twice is [], not [one]\n"
        "         protocol  reading it removes nothing\n"
        "         to mend   show the mailbox and leave it as it is; `take` alone removes messages\n"
        "skipped  mailbox-is-oldest-first: it takes what reading-removes-nothing is about\n"
    ) in done.stdout
    assert "./node.toml: BREAKS THE PROTOCOL (" in done.stdout.splitlines()[-1]
    assert done.stderr == ""


def test_json_is_mixed_with_words(tmp_path: Path) -> None:
    done = gen_tck(tmp_path, "sound", "check", "./node.toml", "--json")
    assert done.returncode == 0
    assert [each["exchange"] for each in json.loads(done.stdout)] == [each.name for each in EXCHANGES]
    assert done.stderr.splitlines()[-1].startswith("./node.toml: SPEAKS THE PROTOCOL (")


def test_what_is_no_program_is_checked(tmp_path: Path) -> None:
    done = gen_tck(tmp_path, "sound", "check", "reference")
    assert done.returncode == 2
    assert done.stdout == "reference runs in the kit's own process: there is no adapter to check\n"
    manifest = tmp_path / "again.toml"
    manifest.write_text((tmp_path / "node.toml").read_text() + 'restart = "at-clear"\n')
    done = gen_tck(tmp_path, "sound", "check", "./again.toml")
    assert done.returncode == 0
    assert "skipped  clear-closes-sockets: it is started anew instead of a `clear`\n" in done.stdout
    assert "ok       a-spare-bears-to-wait\n" in done.stdout
    done = gen_tck(tmp_path, "no-such-fault", "check", "./node.toml")
    assert done.returncode == 2
    assert "ended before it dialled back" in done.stderr


@pytest.mark.parametrize("workers", ["0", "2"])
def test_cases_run_on_a_node_that_breaks_the_protocol(tmp_path: Path, workers: str) -> None:
    some = ("--clause", "ownership/monitor-answers", "-n", workers, "--results", "r.json")
    done = gen_tck(tmp_path, "drains-the-mailbox", "certify", "./node.toml", *some)
    assert done.returncode == 2
    assert done.stdout == "./node.toml: COULD NOT TELL\n"
    assert "reading-removes-nothing: a mailbox that is read twice is [], not [one]" in done.stderr
    assert not (tmp_path / "r.json").exists()
    gen_tck(tmp_path, "drains-the-mailbox", "certify", "./node.toml", *some, "--no-check")
    assert (tmp_path / "r.json").exists()
