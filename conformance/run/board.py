"""What is known of the cases of a run while it lasts, also by its other processes.

With workers it is a file, to which each appends a line for each case that is done; they read what the others wrote
before they begin the next. Nothing depends on how soon: a line that is late means a case more is run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gen_tck.conformance.results.verdicts import Verdict


class Board:
    """Verdicts by case. ``file``: where the processes of a run share them; ``None``: there is only this one."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._verdicts: dict[str, Verdict] = {}
        self._read = 0
        self._partial = b""

    def tell(self, case: str, verdict: Verdict) -> None:
        """The case is done."""
        self._verdicts[case] = verdict
        if self._file is not None:
            handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, msgspec.json.encode((case, verdict)) + b"\n")
            finally:
                os.close(handle)

    def known(self) -> Mapping[str, Verdict]:
        """All verdicts there are by now."""
        if self._file is not None and self._file.exists():
            with self._file.open("rb") as file:
                file.seek(self._read)
                data = file.read()
            self._read += len(data)
            *lines, self._partial = (self._partial + data).split(b"\n")
            for line in lines:
                case, verdict = msgspec.json.decode(line, type=tuple[str, Verdict])
                self._verdicts[case] = verdict
        return self._verdicts
