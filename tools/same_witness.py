#!/usr/bin/env python3
"""What an installed kit says of a stored corpus, in a form that outlives moves of its code: see ``tools/same``.

    same_witness.py scripts CORPUS            draw the scripts of the corpus
    same_witness.py predictions CORPUS OUT    what the reference and each model let follow from each script
    same_witness.py cases CORPUS OUT          the verdicts on the reference
    same_witness.py traces CORPUS OUT         the verdicts of stored traces, judged and replayed

Runs in the environment of one commit or of another; ``same_places.py`` is all that it knows of their modules. What it
writes is lines of JSON, ``{"id": ..., ...}``, in the order of the corpus.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from same_places import get
from same_values import digest, plain

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


# What is said of it


RELEASES = {"classic": 25, "classic-26": 27, "classic-29": 29}
"""Of the models, which had names before they were made for a release."""


def oracle_of(model: str) -> Any:
    """What a model lets follow: models were nodes that can be made, then data, and are made for a release since."""
    try:
        made = get("MODELS")[model]
    except SystemExit:  # the commit has none any more
        return get("oracle_of")("otp-inet", RELEASES[model])
    return get("Oracle")(made) if callable(made) else get("oracle_of")(model)


def predictions(corpus: Path, out: Path) -> None:
    """For each script, on the plain reference and on each model: what follows usually, and with all choices.

    Commits may differ in what is a choice.
    """
    machines = {"reference": get("Oracle")(), **{name: oracle_of(name) for name in RELEASES}}
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
    "cases": cases,
    "traces": traces,
}


def main() -> None:
    """The command."""
    what, corpus, *rest = sys.argv[1:]
    if what == "scripts":
        scripts(Path(corpus))
    else:
        SAYS[what](Path(corpus), Path(rest[0]))


if __name__ == "__main__":
    main()
