"""Renew a demonstration that does not fit any more, or begin one: see CONTRIBUTING, *What to touch*.

python -m tests.changes.renew KIND           make a copy of the checkout with the change in it, and say where
python -m tests.changes.renew KIND COPY      write the patch anew from what was changed there
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import mkdtemp

from tests.changes.copies import copied, git, patch_of

AROUND = {"profile": 2}
"""So many lines are kept around each change, where one is not enough to tell it from its like: there, which clause."""


def begin(kind: str) -> Path:
    """A copy with the change in it, as far as it fits: what does not lies beside the files, in ``*.rej``."""
    folder = Path(mkdtemp(prefix=f"{patch_of(kind).stem}-"))
    copied(Path(__file__).parents[2], folder)
    for words in (("init", "-q"), ("add", "-A"), ("-c", "user.name=-", "-c", "user.email=-", "commit", "-qm", "-")):
        git(folder, *words)
    if patch_of(kind).exists():
        try:
            git(folder, "apply", "--reject", "--whitespace=nowarn", patch_of(kind))
        except RuntimeError as reason:
            print(reason, file=sys.stderr)
    return folder


def end(kind: str, folder: Path) -> None:
    """Write the patch. Little is kept around each change, so that it goes on fitting when others change."""
    git(folder, "add", "-A", ":!*.rej")
    around = f"-U{AROUND.get(kind, 1)}"
    patch_of(kind).write_text(git(folder, "diff", "--cached", "--no-color", around, "--", ".", ":!tests/changes"))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(begin(sys.argv[1]))
    else:
        end(sys.argv[1], Path(sys.argv[2]))
