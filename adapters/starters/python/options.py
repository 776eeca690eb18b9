"""The options of a socket, and what each may be."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gen_tck_node import Term

VALUES: dict[str, tuple[Term, ...] | range] = {
    "active": ("true", "false", "once"),
    "mode": ("list", "binary"),
    "packet": (0, "raw", 1, 2, 4, "line"),
    "packet_size": range(1 << 31),
    "line_delimiter": range(256),
}
"""What each option may be."""


@dataclass
class Options:
    """The options of a socket."""

    active: Term = "true"
    mode: Term = "list"
    packet: Term = 0
    packet_size: int = 0
    line_delimiter: int = 10

    def changed(self, settings: dict[str, Term]) -> Options | None:
        """These with ``settings``; none if one of them is no option, or has no such value."""
        if not all(_is_one(value, VALUES.get(name, ())) for name, value in settings.items()):
            return None
        if settings.get("packet") == "raw":
            settings = {**settings, "packet": 0}
        return replace(self, **settings)  # type: ignore[arg-type] # their values have just been looked at


def _is_one(value: Term, values: tuple[Term, ...] | range) -> bool:
    """Whether ``value`` is one of ``values``; of a range only a number: others are looked for one by one."""
    return value in values if isinstance(values, tuple) else isinstance(value, int) and value in values
