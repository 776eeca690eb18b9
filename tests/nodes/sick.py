"""A node that is sick in a way that its first argument names; it speaks the wire protocol.

``refuse``      answers every call with ``{error, einval}``
``deaf``        answers, but its calls never come back
``mute``        shakes hands and never answers again
``die``         refuses, and dies when it is first asked for a second process; started again, it only refuses
``die-always``  dies when it is asked for a process
``babble``      refuses, and sends events without end from when it is first asked for a process
``stall``       refuses, and falls silent when it is asked for the fifth process

It leaves its process id in the file that ``SICK_PIDS`` names, and creates ``SICK_PIDS.stalled`` when it falls silent,
``SICK_PIDS.died`` when it dies.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

REFUSAL = {"$t": [{"$a": "error"}, {"$a": "einval"}]}
ANSWERS: dict[str, dict[str, Any]] = {
    "call": {"returned": REFUSAL},
    "mailbox": {"messages": []},
    "status": {"status": "idle"},
}


def main(sickness: str) -> None:
    """Play the node until the kit hangs up."""
    with tempfile.TemporaryDirectory() as folder:
        play(sickness, Path(os.environ.get("SICK_PIDS") or Path(folder) / "pids"))


def play(sickness: str, pids: Path) -> None:
    """The same, leaving marks in and beside the file ``pids``."""
    died = pids.with_suffix(".died")
    with pids.open("a") as file:
        file.write(f"{os.getpid()}\n")
    with socket.create_connection((os.environ["GEN_TCK_HOST"], int(os.environ["GEN_TCK_PORT"]))) as connection:
        hello = {"gen_tck": 1, "token": os.environ["GEN_TCK_TOKEN"], "name": f"sick-{sickness}", "version": "1"}
        send(connection, {**hello, "profiles": ["core", "active-n"]})
        processes = 0
        for line in connection.makefile():
            request = json.loads(line)
            processes += request["do"] == "spawn"
            if (sickness == "die-always" and processes) or (sickness == "die" and processes == 2 and not died.exists()):
                died.touch()
                sys.exit("out of memory: cannot make a process")
            while sickness == "babble" and processes:
                send(connection, {"event": "tick"})
            if sickness == "mute" or (sickness == "stall" and processes == 5):
                pids.with_suffix(".stalled").touch()
                continue
            if sickness == "deaf" and request["do"] == "call":
                continue
            answer = ANSWERS.get(request["do"], {"ok": True})
            if request["do"] == "spawn":
                answer = {"pid": {"$h": processes, "kind": "pid"}}
            send(connection, {"id": request["id"], **answer})


def send(connection: socket.socket, message: dict[str, Any]) -> None:
    """Send one line."""
    connection.sendall(json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1])
