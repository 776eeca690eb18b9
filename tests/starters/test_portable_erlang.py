"""The Erlang SDK is for any BEAM: what it calls, and that it does without what a small VM has not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import gen_tck
from gen_tck.adapters.registry import find
from gen_tck.conformance.check.checking import check

pytestmark = [
    pytest.mark.vm,
    pytest.mark.skipif(shutil.which("erl") is None, reason="no erl (Debian: apt-get install erlang-base)"),
]

ALLOWED = {
    "erlang": """
        * + ++ - band bor bsl bsr div rem
        atom_to_binary/2 atom_to_list/1 binary_to_atom/2 binary_to_list/1 binary_to_term/1 float_to_list/1
        integer_to_list/1 iolist_to_binary/1 list_to_binary/1 list_to_float/1 list_to_integer/1 list_to_tuple/1
        term_to_binary/1 tuple_to_list/1
        element/2 length/1 setelement/3 tuple_size/1
        demonitor/1 exit/1 exit/2 link/1 make_ref/0 monitor/2 process_flag/2 register/2 self/0 spawn/1 unlink/1
        unregister/1
        erase/1 get/1 put/2
        error/1 throw/1 monotonic_time/1
    """,
    "lists": "foldl/3 keyfind/3 keyreplace/4 member/2 reverse/1",
}
"""All that the SDK may call; operators without their arity."""
FORBIDDEN = {"process_info", "processes", "ports", "statistics", "system_info", "system_flag", "trace", "spawn_opt"}
_IMPORTS = """
[begin
    {ok, M, B} = compile:file(F, [binary]),
    {ok, {_, [{imports, Calls}]}} = beam_lib:chunks(B, [imports]),
    [io:format("~s ~s ~s ~b~n", [M, C, N, A]) || {C, N, A} <- Calls]
 end || F <- init:get_plain_arguments()], halt().
"""


def calls(*files: Path) -> set[tuple[str, str, int]]:
    """All functions of other modules that the Erlang ``files`` call, as the compiler has them."""
    words = ["erl", "-noinput", "-eval", " ".join(_IMPORTS.split()), "-extra", *map(str, files)]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in told.splitlines()]
    # Every module has a module_info/0 and /1 that asks for this.
    return {(module, name, int(arity)) for _, module, name, arity in rows if name != "get_module_info"}


@pytest.fixture
def sdk(checkout: Path) -> Path:
    return checkout / "adapters" / "starters" / "erlang" / "gen_tck_node.erl"


def test_sdk_calls_what_a_small_beam_has_not(sdk: Path) -> None:
    seen = calls(sdk)
    assert seen
    beyond = {
        (module, name, arity)
        for module, name, arity in seen
        if not {name, f"{name}/{arity}"} & {*ALLOWED.get(module, "").split()}
    }
    assert beyond == set()


def test_what_is_allowed_is_not_called(sdk: Path) -> None:
    seen = {(module, word) for module, name, arity in calls(sdk) for word in (name, f"{name}/{arity}")}
    assert {(module, word) for module, words in ALLOWED.items() for word in words.split()} <= seen


def test_sdk_calls_a_module_that_it_is_not_given(sdk: Path) -> None:
    """What the compiler does not know: calls of modules that are variables."""
    code = re.sub(r"%.*", "", sdk.read_text())
    assert set(re.findall(r"\b([A-Z]\w*):[a-z(]", code)) == {"Node"}
    assert "apply(" not in code


@pytest.fixture
def bare(sdk: Path, tmp_path: Path) -> Path:
    """A node whose mailboxes can only be drained, which is started anew at each clear, and talks over its stdio."""
    files = [sdk, Path(__file__).with_name("bare_node.erl")]
    for each in files:
        subprocess.run(["erlc", "-o", str(tmp_path), str(each)], check=True)
    flags = ["+S", "1:1", "+IOs", "false", "-pa", str(tmp_path), "-s", "bare_node", "main"]
    manifest = tmp_path / "node.toml"
    manifest.write_text(
        f'command = {json.dumps(["erl", "-noinput", *flags])}\ntransport = "stdio"\nrestart = "at-clear"\n'
    )
    return manifest


def test_bare_node_calls_what_is_forbidden(sdk: Path) -> None:
    seen = calls(sdk, Path(__file__).with_name("bare_node.erl"))
    assert not [each for each in seen if each[1] in FORBIDDEN or each[0] == "maps" or each[1:] == ("halt", 2)]


def test_bare_node_does_not_speak_the_protocol(bare: Path) -> None:
    seen = list(check(find(str(bare)).open))
    assert [each for each in seen if each.verdict == "broken"] == []
    left_out = {each.saw for each in seen if each.verdict == "skipped"}
    assert left_out == {"its mailboxes can only be drained", "it is started anew instead of a `clear`"}


def test_bare_node_does_not_conform(bare: Path) -> None:
    results = gen_tck.certify(bare, profiles=["essentials"])
    assert results.conclusion == "CONFORMS", [each.name for each in results.cases if each.verdict != "pass"]
