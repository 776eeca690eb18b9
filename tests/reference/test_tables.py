"""Tables as machines: what is compiled, what is taken, and what is refused."""

from __future__ import annotations

import pytest

from gen_tck.reference.tables import Machine, NotInTable, Row, State, Table, TableError, Transition, transitions


class Door(State):
    OPEN = "open"
    SHUT = "shut"


class Light(State):
    ON = "on"
    OFF = "off"


DOOR = Table(
    "door",
    "door",
    (
        Row((Door.SHUT,), "push", ("creak",), when="oiled and warm"),
        Row((Door.SHUT,), "push", ("light_up", "creak"), Door.OPEN),
        Row((Door.OPEN,), "push", ()),
    ),
)
LIGHT = Table("light", "light", (Row((Light.OFF,), "switch", ("shine",), Light.ON),))


class Room(Machine):
    tables = (DOOR, LIGHT)

    def __init__(self) -> None:
        self.door = Door.SHUT
        self.light = Light.OFF
        self.observer = None
        self.is_oiled = self.is_warm = False
        self.seen: list[object] = []

    def oiled(self, _: object) -> bool:
        return self.is_oiled

    def warm(self, _: object) -> bool:
        return self.is_warm

    def creak(self, detail: object) -> None:
        self.seen.append(("creak", detail, self.door, self.light))

    def light_up(self, detail: object) -> None:
        self.handle("switch", detail)

    def shine(self, detail: object) -> None:
        self.seen.append(("shine", detail, self.door, self.light))


def test_actions_see_another_state_than_the_next() -> None:
    room = Room()
    room.handle("push", 1)
    assert room.seen == [("shine", 1, Door.OPEN, Light.ON), ("creak", 1, Door.OPEN, Light.ON)]


def test_row_is_taken_though_one_of_its_guards_does_not_hold() -> None:
    room = Room()
    room.is_oiled = True
    room.handle("push")
    assert room.door is Door.OPEN


def test_row_whose_guards_hold_is_not_taken() -> None:
    room = Room()
    room.is_oiled = room.is_warm = True
    room.handle("push")
    assert room.door is Door.SHUT
    assert room.seen == [("creak", None, Door.SHUT, Light.OFF)]


def test_what_is_in_no_row_happens() -> None:
    room = Room()
    room.light = Light.ON
    with pytest.raises(NotInTable, match="light: no row for switch while on"):
        room.handle("switch")
    assert room.seen == []


def test_observer_is_not_told_or_too_late() -> None:
    told: list[tuple[Door, Transition]] = []

    class Looks:
        def passes(self, machine: Room, transition: Transition) -> None:
            told.append((machine.door, transition))

    room = Room()
    room.observer = Looks()
    room.handle("push")
    assert told == [
        (Door.SHUT, Transition("door", "shut", "push", "")),
        (Door.OPEN, Transition("light", "off", "switch", "")),
    ]


def test_method_of_a_subclass_is_not_the_one_that_is_called() -> None:
    class Silent(Room):
        def creak(self, _: object) -> None:
            self.seen.append("nothing")

    room = Silent()
    room.handle("push")
    assert room.seen[-1] == "nothing"


def test_transitions_are_not_those_of_the_tables() -> None:
    assert [(each.state, each.event, each.when) for each in transitions(DOOR, LIGHT)] == [
        ("shut", "push", "oiled and warm"),
        ("shut", "push", ""),
        ("open", "push", ""),
        ("off", "switch", ""),
    ]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ((Row((Door.SHUT,), "pull", ("jam",)),), "has no jam"),
        ((Row((Door.SHUT,), "pull", (), when="oiled and locked"),), "has no locked"),
        ((Row((Door.SHUT,), "pull", ()), Row((Door.SHUT,), "pull", (), when="warm")), "never taken: pull while shut"),
        ((Row((Door.SHUT,), "pull", (), when="warm"),) * 2, "never taken: pull while shut"),
        ((Row((Door.SHUT,), "switch", ()),), "switch is an event of light and of door"),
    ],
    ids=["action", "guard", "behind one without a guard", "twice", "of two machines"],
)
def test_table_that_does_not_fit_is_compiled(rows: tuple[Row, ...], complaint: str) -> None:
    with pytest.raises(TableError, match=complaint):
        type("Wrong", (Room,), {"tables": (LIGHT, Table("door", "door", rows))})
