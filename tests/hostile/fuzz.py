"""Fuzzes one decoder with atheris, which follows what the code does: ``python -m tests.hostile.fuzz DECODER FOLDER``.

``FOLDER`` gets the decoder's seeds, and what leads to code that nothing before led to. Options of libFuzzer may follow:
``-runs=100000``, ``-max_total_time=600``; without them it goes on until something is found, or Ctrl-C.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["gen_tck"]):
    from tests.hostile.decoders import DECODERS


def main(name: str, folder: Path, options: list[str]) -> None:
    """Fuzz the decoder of that name; never returns."""
    decoder = DECODERS[name]
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(decoder.seeds):
        (folder / f"seed-{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], "-max_len=4096", "-timeout=60", *options, str(folder)], decoder.survives)
    atheris.Fuzz()


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in DECODERS:
        sys.exit(f"fuzz.py DECODER FOLDER [OPTIONS...], with DECODER of {', '.join(DECODERS)}")
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
