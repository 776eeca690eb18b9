"""Which lines of OTP's own modules do the cases and the explorer reach? Counted by OTP's ``cover``.

    python benchmarks/coverage.py --keep DIR [--scripts 10000] [--erl 'erl -pa TOOLS'] [--lines] [--summary]

``cover`` is part of OTP's ``tools`` (Debian: ``erlang-tools``; where it is not installed, ``--erl`` may say where its
``ebin`` is). The VM compiles the modules from its own beam files before the agent is loaded, and a process of its own
writes five times a second what was reached, because the kit ends its VMs abruptly: what a VM does in its last fifth of
a second is lost.

What was reached is kept in DIR, and a run that is there is not done again: remove it after a change of the kit. The
figures are those of all runs together. Exit status: 0 if each module is reached as far as it has been (``AIMS``), 1 if
not, 2 if a run could not be done.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

MODULES = {"otp": ("gen_tcp", "inet_tcp", "inet", "prim_inet"), "otp-socket": ("gen_tcp", "gen_tcp_socket")}
"""Node -> the modules that are counted in it."""
AIMS = {"gen_tcp": 80.7, "inet_tcp": 64.3, "gen_tcp_socket": 73.3}
"""The share of a module's lines (in hundredths) that is not to become less."""
START = 60
"""Seconds that a VM may take to compile its modules and to come up."""

Reached = dict[str, dict[int, bool]]
"""Module -> line -> whether it was reached."""

_BEAM = """
Beam = fun(M) -> case code:which(M) of
    preloaded -> hd(filelib:wildcard(filename:join([code:lib_dir(), "erts-*", "ebin", atom_to_list(M) ++ ".beam"])));
    File -> File
end end,
"""
_COUNT = (
    _BEAM
    + """
Modules = [{modules}],
Reached = "{reached}." ++ os:getpid(),
{{ok, _}} = cover:start(),
ok = cover:local_only(),
[begin code:unstick_mod(M), {{ok, M}} = cover:compile_beam(Beam(M)) end || M <- Modules],
spawn(fun Loop() ->
    {{result, Lines, _}} = cover:analyse(Modules, coverage, line),
    Text = [io_lib:format("~w ~w ~w~n", [M, Line, Times]) || {{{{M, Line}}, {{Times, _}}}} <- Lines, Line > 0],
    ok = file:write_file(Reached ++ ".part", Text),
    ok = file:rename(Reached ++ ".part", Reached),
    receive after 200 -> Loop() end
end).
"""
)
_FUNCTIONS = (
    _BEAM
    + """
{{ok, {{_, [{{abstract_code, {{_, Forms}}}}]}}}} = beam_lib:chunks(Beam({module}), [abstract_code]),
[io:format("~w ~w/~w~n", [erl_anno:line(At), Name, Arity]) || {{function, At, Name, Arity, _}} <- Forms],
halt().
"""
)


class Bench:
    """What is kept, and how it is made."""

    def __init__(self, folder: Path, erl: str, scripts: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._erl = folder.resolve(), erl
        self._commands: dict[str, list[str]] = {"certify": [], "explore": ["--scripts", str(scripts)]}

    def run(self, node: str) -> bool:
        """Certify and explore ``node``, where that has not been done. False: it could not be."""
        for command, more in self._commands.items():
            name = self._folder / f"{node}.{command}"
            if not name.with_name(f"{name.name}.done").exists():
                erl = ["--erl", self._counting(node, name), "--limit", f"start={START}"]
                status = subprocess.run(["gen-tck", command, node, *erl, *more, "-n", "1"], check=False).returncode
                if status not in (0, 1):
                    return False
                name.with_name(f"{name.name}.done").touch()
        return True

    def reached(self) -> Reached:
        """The lines that can be reached at all, and which were, in any run."""
        found: Reached = defaultdict(dict)
        for file in self._folder.glob("*.reached.*[0-9]"):
            for row in file.read_text().splitlines():
                module, line, times = row.split()
                lines = found[module]
                lines[int(line)] = lines.get(int(line), False) or times != "0"
        return found

    def functions(self, module: str) -> list[tuple[int, str]]:
        """The functions of ``module`` and the lines in which they begin, in order."""
        command = [*shlex.split(self._erl), "-noshell", "-eval", _FUNCTIONS.format(module=module)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return sorted((int(line), name) for line, name in map(str.split, printed.splitlines()))

    def _counting(self, node: str, name: Path) -> str:
        """A command that starts Erlang with the modules of ``node`` counted."""
        text, command = name.with_suffix(f"{name.suffix}.eval"), name.with_suffix(f"{name.suffix}.sh")
        text.write_text(_COUNT.format(modules=", ".join(MODULES[node]), reached=f"{name}.reached"))
        command.write_text(f'#!/bin/sh\nexec {self._erl} -eval "$(cat {shlex.quote(str(text))})" "$@"\n')
        command.chmod(0o755)
        return shlex.quote(str(command))


def unreached(lines: dict[int, bool], functions: list[tuple[int, str]]) -> Iterator[str]:
    """A line of text for each function in which lines were not reached."""
    missed = defaultdict[str, list[int]](list)
    for line in sorted(line for line, reached in lines.items() if not reached):
        missed[functions[bisect_right(functions, (line, chr(sys.maxunicode))) - 1][1]].append(line)
    for function, which in missed.items():
        yield f"    {function}: {', '.join(map(str, which))}"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, required=True, metavar="DIR", help="where what was reached is kept")
    parser.add_argument("--scripts", type=int, default=10_000)
    parser.add_argument("--erl", default="erl", help="what starts Erlang")
    parser.add_argument("--lines", action="store_true", help="say which lines were not reached, by function")
    parser.add_argument("--summary", action="store_true", help="run nothing")
    options = parser.parse_args()
    bench = Bench(options.keep, options.erl, options.scripts)
    if not options.summary and not all(bench.run(node) for node in MODULES):
        return 2
    less = False
    for module, lines in sorted(bench.reached().items()):
        count, share, aim = sum(lines.values()), 100 * sum(lines.values()) / len(lines), AIMS.get(module, 0)
        less = less or share < aim
        print(f"{module:<16} {count:4} of {len(lines):4} lines  {share:5.1f} %  (aim: {aim} %)")
        if options.lines:
            print(*unreached(lines, bench.functions(module)), sep="\n")
    return 1 if less else 0


if __name__ == "__main__":
    sys.exit(main())
