#!/usr/bin/env python3
"""What an installed kit says of a stored corpus, in a form that outlives moves of its code: see ``tools/same``.

    same_witness.py scripts CORPUS            draw the scripts of the corpus
    same_witness.py reports CORPUS NAME       play them on a node (otp@27, fault:OnceIsNeverSpent), keep what differs
    same_witness.py predictions CORPUS OUT    what the reference and each model let follow from each script
    same_witness.py judgements CORPUS OUT     what is known of each report, and where it first differs
    same_witness.py cases CORPUS OUT          the verdicts on the reference
    same_witness.py traces CORPUS OUT         the verdicts of stored traces, judged and replayed

Runs in the environment of one commit or of another; ``same_places.py`` is all that it knows of their modules. What it
writes is lines of JSON, ``{"id": ..., ...}``, in the order of the corpus.
"""

from __future__ import annotations

import gzip
import importlib
import importlib.util
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from same_places import get
from same_values import digest, plain, value_of

DEPTH, SEED, SCRIPTS = 2, 1, 50_000
BATCH = 96


# The corpus


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file of the corpus."""
    with gzip.open(path, "rt") as file:
        for line in file:
            yield json.loads(line)


def write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> int:
    """Write such a file, whole or not at all; how many lines it has."""
    part, count = path.with_suffix(".part"), 0
    with gzip.open(part, "wt", compresslevel=6) as file:
        for line in lines:
            file.write(json.dumps(line, sort_keys=True) + "\n")
            count += 1
    part.replace(path)
    return count


def scripts(corpus: Path) -> None:
    """Scripts of small alphabets, tours, and drawn ones; what the reference can do of each."""
    profiles = get("PROFILES")
    generator, oracle = get("Generator")(SEED, frozenset(profiles), DEPTH, SCRIPTS), get("Oracle")()

    def lines() -> Iterator[dict[str, Any]]:
        for number in range(SCRIPTS):
            yield {"id": number, "script": str(predicted(oracle, generator.script(number), number).script)}

    write_lines(corpus / "scripts.gz", lines())


def predicted(oracle: Any, script: Any, number: int) -> Any:
    """What ``oracle`` predicts of a script; that was called to tell once."""
    return (oracle.predict if hasattr(oracle, "predict") else oracle.tell)(*script, number)


def prediction_of(corpus: Path) -> Iterator[tuple[int, Any]]:
    """The stored scripts, as the plain reference tells them."""
    oracle, parse = get("Oracle")(), get("parse")
    for line in read_lines(corpus / "scripts.gz"):
        yield line["id"], predicted(oracle, parse(line["script"]), line["id"])


def reports(corpus: Path, name: str) -> None:
    """Play all scripts on a node, and keep what differs, in whatever way."""
    node = open_node(name)
    release = node.capabilities.details.get("release", "")
    prediction = (each for _, each in prediction_of(corpus))
    # Those that set the system monitor have the machine to themselves and take long; a few of them do.
    alone, most = itertools.count(), 150
    some = (each for each in prediction if not each.script.alone or next(alone) < most)

    def lines() -> Iterator[dict[str, Any]]:
        for _, found in get("player")(node, BATCH).play(some):
            for report in found:
                yield {
                    "id": f"{name}/{report.prediction.number}",
                    "node": name.partition("@")[0],
                    "release": release,
                    "script": str(report.prediction.script),
                    "number": report.prediction.number,
                    "step": report.step,
                    "seen": plain(report.seen),
                    "late": report.late,
                }

    try:
        count = write_lines(corpus / file_of(name), lines())
        print(f"{name}: {count} reports", flush=True)
    finally:
        node.close()


def file_of(name: str) -> str:
    """The file of the reports of a node."""
    return f"reports-{name.replace(':', '-')}.gz"


def open_node(name: str) -> Any:
    """``otp@27``: a node by its name, of a release; ``fault:NAME``: a fault planted in the reference's driver."""
    kind, _, fault = name.partition(":")
    if kind == "fault":
        return get("SimulatedNode")(faults()[fault])
    if kind == "model":
        made = get("MODELS")[fault]
        return made() if callable(made) else get("Modelled")(fault)
    node, _, release = name.partition("@")
    tool = [sys.executable, str(Path(__file__).with_name("otp-releases")), "--erl", release]
    erl = subprocess.run(tool, capture_output=True, text=True, check=False).stdout.strip() if release else ""
    return get("find")(node, erl=erl or "erl").open()


def faults() -> dict[str, Any]:
    """The drivers with a fault, of the zoo and of the explorer's tests."""
    driver = importlib.import_module("gen_tck.reference.driver.inet_drv").TcpDriver
    path = Path(__file__).resolve().parents[1] / "tests" / "zoo" / "wrong_nodes.py"
    spec = importlib.util.spec_from_file_location("wrong_nodes", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {
        name: each
        for name, each in vars(module).items()
        if isinstance(each, type) and issubclass(each, driver) and each is not driver
    }


# What is said of it


def oracle_of(model: str) -> Any:
    """What a model lets follow: models were nodes that can be made, and are data since."""
    made = get("MODELS")[model]
    return get("Oracle")(made) if callable(made) else get("oracle_of")(model)


def predictions(corpus: Path, out: Path) -> None:
    """For each script, on the plain reference and on each model: what follows usually, and with all choices.

    Commits may differ in what is a choice.
    """
    machines = {"reference": get("Oracle")(), **{name: oracle_of(name) for name in get("MODELS")}}
    parse = get("parse")

    def lines() -> Iterator[dict[str, Any]]:
        for line in read_lines(corpus / "scripts.gz"):
            script = parse(line["script"])
            for name, oracle in machines.items():
                usual = predicted(oracle, script, line["id"])
                said = {
                    json.dumps([str(each.script), plain(each.expected), sorted(each.quiet)])
                    for each in (usual, *others(oracle, usual))
                }
                told = [str(usual.script), plain(usual.expected), sorted(usual.quiet)]
                yield {"id": f"{line['id']}/{name}", "usual": digest(told), "all": digest(sorted(said))}

    write_lines(out, lines())


def others(oracle: Any, usual: Any) -> Iterator[Any]:
    """The script with other choices."""
    if hasattr(oracle, "branches"):
        yield from oracle.branches(usual)
    else:
        yield from (run.prediction for run in get("runs")(oracle, usual))


def judgements(corpus: Path, out: Path) -> None:
    """For each report: whether what was seen is allowed after all, and what is recorded of it."""
    oracle, parse, report_of = get("Oracle")(), get("parse"), get("Report")
    clauses, records = get("load_clauses")(), dict[tuple[str, str], Any]()

    def recorded(node: str, release: str) -> Any:
        if (node, release) not in records:
            entry = get("find")(node, erl="erl")
            file = entry.deviations.with_name(entry.deviations.name.replace("deviations.toml", "scripts.toml"))
            records[node, release] = get("load_settled")(file, release, clauses)
        return records[node, release]

    def lines() -> Iterator[dict[str, Any]]:
        for path in sorted(corpus.glob("reports-*.gz")):
            for line in read_lines(path):
                prediction = oracle.again(*parse(line["script"]), line["number"])
                report = report_of(prediction, line["step"], value_of(line["seen"]), line["late"])
                finding = get("judge_in_all_orders")(report, oracle)
                # What a planted fault shows is held against the records of OTP as well: none may fit it by chance.
                nodes = [(line["node"], line["release"])] if line["release"] else [("otp", "25"), ("otp-socket", "29")]
                yield {
                    "id": line["id"],
                    "differs": finding is not None,
                    "step": None if finding is None else finding.at.step,
                    "clause": None if finding is None else finding.clause,
                    "known": []
                    if finding is None
                    else [
                        [each.clause, each.reason]
                        for node in nodes
                        for each in get("settles")(recorded(*node), finding)
                    ],
                }

    write_lines(out, lines())


def cases(_corpus: Path, out: Path) -> None:
    """For each case, on both reference nodes: its verdict."""

    def lines() -> Iterator[dict[str, Any]]:
        for node in ("reference", "reference-loopback"):
            results = run("certify", node, "--results", str(out.with_suffix(".json")))
            for case in results["cases"]:
                yield {"id": f"{node}/{case['id']}", "verdict": case["verdict"], "variants": case["variants"]}

    write_lines(out, lines())


def run(*arguments: str) -> Any:
    """Run the command of this environment; the results that it wrote."""
    command = Path(sys.executable).with_name("gen-tck")
    subprocess.run([str(command), *arguments], capture_output=True, check=False)
    return json.loads(Path(arguments[-1]).read_bytes())


def traces(corpus: Path, out: Path) -> None:
    """For each stored trace: what the command says of it, judged from the trace and replayed on the reference."""
    command = Path(sys.executable).with_name("gen-tck")

    def lines() -> Iterator[dict[str, Any]]:
        for path in sorted(corpus.glob("traces/*/*")):
            for words in (("judge",), ("replay",)):
                done = subprocess.run([str(command), words[0], str(path)], capture_output=True, text=True, check=False)
                said = done.stdout.replace(str(path), "TRACE")
                yield {
                    "id": f"{words[0]}/{path.parent.name}/{path.name}",
                    "status": done.returncode,
                    "said": digest(said),
                }

    write_lines(out, lines())


SAYS: dict[str, Callable[[Path, Path], None]] = {
    "predictions": predictions,
    "judgements": judgements,
    "cases": cases,
    "traces": traces,
}


def main() -> None:
    """The command."""
    what, corpus, *rest = sys.argv[1:]
    if what == "scripts":
        scripts(Path(corpus))
    elif what == "reports":
        reports(Path(corpus), *rest)
    else:
        SAYS[what](Path(corpus), Path(rest[0]))


if __name__ == "__main__":
    main()
