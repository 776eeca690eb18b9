"""Whatever a script has a process call, with whatever arguments, it is played, or refused in one line."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from gen_tck.spec.calls import CALLS
from tests.hostile.test_files import tell

PLAUSIBLE = (
    "'$socket'",
    "'$other'",
    "'$owner'",
    "0",
    "5",
    "infinity",
    "[]",
    "[active]",
    "[{active,once}]",
    "[{packet,4}]",
    "[{send_timeout,0}]",
    "read",
    "write",
    '<<"data">>',
    "[1,[2|<<3>>]]",
)
"""Arguments that some call takes."""
STRANGE = (
    "'$socket'",
    "'$other'",
    "'$owner'",
    "'$nobody'",
    "{127,0,0,1}",
    "{8,8,8,8}",
    "{0,0,0,0,0,0,0,1}",
    '{local,"/tmp/x"}',
    "localhost",
    "infinity",
    "active",
    "[active]",
    "[{active,once}]",
    "[{active,99999999}]",
    "[{packet,4},{packet_size,-1}]",
    "[{header,2}]",
    "[{fd,0}]",
    "[{raw,6,1,<<0,0,0,1>>}]",
    "[{ip,{8,8,8,8}}]",
    "[binary|tail]",
    "kill",
    "init",
    "code_server",
    "0",
    "-1",
    "65536",
    "2147483648",
    "99999999999999999999999999",
    "1.5e308",
    "[]",
    "{}",
    "#{}",
    '<<"data">>',
    '"data"',
    "[1,2|3]",
    "[256]",
    "'\\x{202e}'",
    '{spawn,"touch /tmp/owned"}',
    "{'$inet',os,{cmd,\"touch /tmp/owned\"}}",
    "#Pid<1>",
    "<0.1.0>",
)
OFFERED = tuple(tuple(name.replace("/", ".").split(".")) for name in CALLS)
FUNCTIONS = (
    ("os", "cmd", "1"),
    ("erlang", "halt", "0"),
    ("erlang", "apply", "3"),
    ("prim_inet", "find", "1"),
    ("file", "delete", "1"),
    ("gen_tck_agent", "stop", "0"),
    ("__builtins__", "eval", "1"),
    ("inet", "__class__", "0"),
    ("inet", "info", "1"),
)
"""``(module, function, number of arguments)`` of the catalogue, and of what is not in it."""


SETTINGS = (
    "[binary,{active,false}]",
    "[binary,{active,once}]",
    "[binary,{active,true}]",
    "[binary,{active,false},{packet,4}]",
)


def _script(random: Random) -> str:
    lines = [f"connect with {random.choice(SETTINGS)}"]
    for _ in range(random.randint(1, 4)):
        module, function, arity = random.choice(FUNCTIONS if random.random() < 0.05 else OFFERED)
        count = max(0, int(arity) + (random.choice((1, -1)) if random.random() < 0.03 else 0))
        arguments = [random.choice(STRANGE if random.random() < 0.15 else PLAUSIBLE) for _ in range(count)]
        if arguments and random.random() < 0.6:
            arguments[0] = "'$socket'"
        lines.append(f"{random.choice(['owner', 'other'])}: {module}:{function}({', '.join(arguments)})")
        if random.random() < 0.3:
            lines.append(random.choice(['peer: send <<"abc">>', "peer: fin", "peer: reset", "1 ms pass"]))
    return "\n".join(lines) + "\n"


def _play(path: Path, count: int, seed: int) -> None:
    random = Random(seed)
    for _ in range(count):
        path.write_text(_script(random))
        status, complaint = tell(["explore", "reference", "--script", str(path)])
        assert status in (0, 1, 2), path.read_text()
        assert "\n" not in complaint, path.read_text()


def test_script_of_any_calls_is_a_crash(tmp_path: Path) -> None:
    _play(tmp_path / "script.txt", 25, 0)


@pytest.mark.hostile
def test_one_of_many_scripts_of_any_calls_is_a_crash(tmp_path: Path) -> None:
    _play(tmp_path / "script.txt", 3_000, 1)
