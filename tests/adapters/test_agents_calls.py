"""The agent's table of calls is the catalogue."""

from __future__ import annotations

import re
from importlib import resources

from gen_tck.spec.calls import CALLS


def test_agent_and_catalogue_list_other_calls() -> None:
    source = resources.files("gen_tck.adapters.beam").joinpath("gen_tck_agent.erl").read_text()
    rows = re.findall(r"^calls\((\w+)\) ->\n(.*?);$", source, re.MULTILINE | re.DOTALL)
    listed = [(module, *call) for module, calls in rows for call in re.findall(r"\{(\w+), (\d+)\}", calls)]
    assert sorted(listed) == sorted((each.module, each.name, str(each.arity)) for each in CALLS.values())
