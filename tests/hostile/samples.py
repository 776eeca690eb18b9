"""Sound files of every kind that the kit reads, to be broken."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from click.testing import CliRunner

from gen_tck.adapters import registry
from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.results.file import assemble
from gen_tck.conformance.results.verdicts import Case
from gen_tck.spec import clauses

SCRIPT = b"""connect with [binary,{active,false}]
owner: gen_tcp:recv('$socket', 0, infinity)
peer: send <<"abc">>
other: inet:setopts('$socket', [{active,once},{packet,4}])
350 ms pass
other gets exit signal kill
peer: fin
"""
DEVIATIONS = b"""[[deviation]]
clause = "closing/second-close-is-ok"
test = "test_second_close_fails"
releases = ["25"]
seen = "{error,closed}"
reason = "why it does so"
"""
KNOWN = b"""[[known]]
clause = "receiving/killed-receiver-leaves-its-place"
releases = ["25", "27"]
reason = "why it does so"
script = '''
connect with [binary,{active,false}]
owner: gen_tcp:recv('$socket', 0, infinity)
'''
"""
MANIFEST = b"""command = ["./my-node", "--quiet"]
transport = "stdio"
restart = "at-clear"
spare = false
profiles = ["core", "active-n"]
[environment]
MY_NODE_LOG = "off"
"""


@cache
def results() -> bytes:
    """Results of two cases, one of which fails."""
    cases = [
        Case(
            id="ownership/test_foundations.py::test_monitor_gives_no_reference",
            clauses=["ownership/monitor-answers"],
            verdict="pass",
            trace="r.traces/a.jsonl",
        ),
        Case(
            id="modes/test_once.py::test_once[1]",
            clauses=["modes/once-delivers-one-message"],
            verdict="fail",
            expected="{tcp,_,_}",
            seen="nothing",
            where="messages to owner",
            message="it was waited for",
            place="modes/test_once.py:7",
            waited=0.5,
        ),
    ]
    node = registry.open_node("reference")
    made = assemble(
        cases, clauses.load(), asked="it", capabilities=node.capabilities, stale=[], complete=True, seconds=1
    )
    return msgspec.json.encode(made)


@cache
def trace() -> bytes:
    """The trace of a script, on the reference."""
    with TemporaryDirectory(prefix="gen-tck-hostile-") as folder:
        script, path = Path(folder, "script.txt"), Path(folder, "script.jsonl")
        script.write_bytes(SCRIPT)
        words = ["explore", "reference", "--script", str(script), "--trace", str(path)]
        CliRunner().invoke(gen_tck, words, standalone_mode=False, catch_exceptions=False)
        return path.read_bytes()
