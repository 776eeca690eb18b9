"""Results of format 1, turned into those of format 2.

They do not say when, where and by which command the run was made, at which levels it judged (it was at all), which
level and profile a clause has, whether a profile was run whole, and how long was waited: that stays empty. A profile
that is claimed is taken to be claimed whole. What blocks a case they say in words.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

from gen_tck.conformance.results.verdicts import Conclusion, Verdict
from gen_tck.spec.clause import LEVELS

FORMAT = 1

_BLOCKED = re.compile(r"it builds on (\S+), which failed")


def upgrade(raw: dict[str, Any]) -> None:
    """Change the decoded results ``raw``; what is wrong with them stays wrong and is found when they are checked."""
    raw |= {"format": 2, "run": {}, "levels": [*LEVELS], "limits": {}, "roots": [], "voids": 0}
    profiles = raw.get("profiles")
    for profile in profiles.values() if isinstance(profiles, dict) else ():
        if isinstance(profile, dict):
            claimed = profile.get("claimed")
            profile["claimed"] = ("whole" if claimed else "no") if isinstance(claimed, bool) else claimed
            profile |= {"missing": [], "untested": None, "levels": {}}
    cases = raw.get("cases")
    for case in cases if isinstance(cases, list) else ():
        if isinstance(case, dict) and case.get("verdict") == "blocked" and isinstance(case.get("message"), str):
            found = _BLOCKED.fullmatch(case["message"])
            case["blocked_by"] = found[1] if found else ""


def conclude(verdicts: Set[Verdict], stale: bool, complete: bool) -> Conclusion:
    """The conclusion of a run with cases of these ``verdicts``, as kits came to it that wrote format 1."""
    if verdicts & {"fail", "blocked"} or stale:
        return "DOES NOT CONFORM"
    if not complete or verdicts & {"inconclusive", "kit-error"} or not verdicts - {"unsupported"}:
        return "COULD NOT TELL"
    return "DEVIATES AS RECORDED" if "deviates" in verdicts else "CONFORMS"
