"""Departures: they break the clauses that they say, and do not go together unless they say how."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from gen_tck.adapters.registry import find
from gen_tck.conformance.results.deviations import Deviation
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.states import ONCE, PASSIVE, TAKEN
from gen_tck.reference.models.departure import Departure, build, without
from gen_tck.reference.models.departures import DEPARTURES, model
from gen_tck.reference.models.otp_inet import DEPARTURES as OTP_INET
from gen_tck.reference.models.otp_inet import model as model_of
from gen_tck.reference.tables import Around, Edit, Instead, TableError
from gen_tck.spec import clauses, sources, toml
from tests.reference.certified import SCRIPT, certified


def _name(departure: Departure) -> str:
    return departure.name.replace("/", " ")


def _first_of(every: int, number: int) -> pytest.MarkDecorator:
    """Each run takes a second, or some: of so many one is in every run, all of them are with ``tox -e hostile``."""
    return pytest.mark.hostile if number % every else pytest.mark.vm


BREAK = [
    pytest.param(each, marks=_first_of(3, number), id=_name(each))
    for number, each in enumerate(each for each in DEPARTURES.values() if each.clauses)
]
WHOLE = [
    pytest.param(each, marks=_first_of(32, number), id=_name(each)) for number, each in enumerate(DEPARTURES.values())
]


@pytest.mark.parametrize("departure", BREAK)
def test_departure_does_not_break_what_it_says(departure: Departure, tmp_path: Path) -> None:
    status, failed, _ = certified(tmp_path, departure.name, clauses_of=departure.clauses)
    assert (status, failed) == (1, frozenset(departure.clauses))


@pytest.mark.parametrize("departure", WHOLE)
def test_departure_breaks_other_clauses_than_it_says(departure: Departure, tmp_path: Path) -> None:
    status, failed, _ = certified(tmp_path, departure.name)
    assert failed == set(departure.clauses)
    assert status == bool(failed)


def test_departure_names_what_is_not_there() -> None:
    known = clauses.load()
    for each in DEPARTURES.values():
        assert set(each.clauses) <= set(known), each.name
        assert not each.otp or sources.parse(each.otp)
        assert each.otp or each.name.startswith("planted/"), each.name
        assert set(each.after) <= set(DEPARTURES), each.name
        assert each.since is None or each.until is None or each.since <= each.until


def test_fault_of_otp_is_told_twice() -> None:
    """Why OTP's inet backend deviates is said by the departure that does it, and copied from there."""
    for each in toml.tables(find("otp").deviations, "deviation", Deviation):
        entry = each.value
        assert entry.cause in DEPARTURES, f"{each.place}: tools/deviations knows no such cause"
        assert entry.reason == DEPARTURES[entry.cause].reason, f"{each.place}: tools/deviations --write"


def test_departure_changes_nothing() -> None:
    for each in DEPARTURES.values():
        assert each.edits or each.driver or each.port or each.functions, each.name


class Loud(TcpDriver):
    """Tells of a packet twice."""

    heard: int = 7

    def tell_packet(self, packet: bytes) -> None:
        super().tell_packet(packet)
        super().tell_packet(packet)


class Silent(TcpDriver):
    """Tells of none."""

    def tell_packet(self, packet: bytes) -> None:
        """Nothing."""


LOUD = Departure("test/loud", "it tells twice", driver=Loud)
SILENT = Departure("test/silent", "it tells nothing", driver=Silent)
STAYS = Departure("test/stays", "once stays", edits=(Edit((ONCE,), "packet", "", (Instead(("tell_packet",)),)),))
MORE = Departure("test/more", "once tells more", edits=(Around((ONCE,), "packet", "", last=("tell_passive",)),))


@pytest.mark.parametrize(
    ("one", "other", "complaint"),
    [
        (LOUD, SILENT, "test/loud and test/silent change the same: tell_packet"),
        (STAYS, MORE, "test/stays and test/more change the same: packet while active once, always"),
    ],
    ids=["method", "row"],
)
def test_departures_go_together_without_an_order(one: Departure, other: Departure, complaint: str) -> None:
    with pytest.raises(TableError, match=complaint):
        build([one, other])
    build([one, replace(other, after=(one.name,))])


def test_declared_order_is_not_kept() -> None:
    (row,) = [
        each
        for table in build([STAYS, replace(MORE, after=(STAYS.name,))]).driver.tables
        for each in table.rows
        if each.event == "packet" and each.states == (ONCE,)
    ]
    assert (row.do, row.to) == (("tell_packet", "tell_passive"), None)
    with pytest.raises(TableError, match="change the same"):
        build([replace(MORE, after=(STAYS.name,)), STAYS])


def test_row_that_is_not_there_is_edited() -> None:
    with pytest.raises(TableError, match="no such row to edit: packet while taken, always"):
        build([replace(STAYS, edits=(Edit((TAKEN,), "packet", "", ()),))])


def test_field_of_a_departure_is_no_part_of_the_state() -> None:
    assert build([LOUD]).driver.own == ("heard",)
    assert build([SILENT]).driver.own == ()


def test_reference_is_changed_by_its_models() -> None:
    rows = [each for table in TcpDriver.tables for each in table.rows if each.event == "packet" and ONCE in each.states]
    assert [(each.do, each.to) for each in rows] == [(("tell_packet",), PASSIVE)]


def test_interaction_is_had_without_what_it_is_one_of() -> None:
    driver = model(["otp-inet/late-timeout-answers-the-last-caller"]).driver
    assert driver.own == ("busy_caller", "cleaned", "caller")
    assert {"fill", "command"} <= {name for each in driver.__mro__ for name in vars(each)}


@pytest.mark.parametrize("release", [25, 26, 29])
def test_model_lacks_a_departure_of_its_release(release: int) -> None:
    there = model_of(release).driver.__name__.split()
    assert there == [each.name for each in OTP_INET if each.is_of(release)]


def test_interaction_stays_without_what_it_is_one_of() -> None:
    every = [each for each in OTP_INET if each.is_of(25)]
    caller = next(each for each in every if each.name == "otp-inet/one-caller-is-known")
    left = {each.name for each in every} - {each.name for each in without(every, caller)}
    assert left == {"otp-inet/one-caller-is-known", "otp-inet/late-timeout-answers-the-last-caller"}


@pytest.mark.parametrize("release", [25, 27, 29])
def test_departure_cannot_be_switched_off(release: int) -> None:
    every = [each for each in OTP_INET if each.is_of(release)]
    for each in every:
        assert each.name not in build(without(every, each)).driver.__name__.split()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ("reference", "--with", "otp-inet/slot-outlives-its-reciever"),
            "did you mean 'otp-inet/slot-outlives-its-receiver'?",
        ),
        (("otp", "--with", "otp-inet/slot-outlives-its-receiver"), "--with is of the reference alone"),
        (
            ("--with", "otp-inet/send-takes-any-reply", "--with", "otp-inet/send-waits-for-its-own-reply"),
            "do not go together: otp-inet/send-takes-any-reply and otp-inet/send-waits-for-its-own-reply",
        ),
    ],
    ids=["name", "node", "together"],
)
def test_departure_that_cannot_be_had_is_certified(words: tuple[str, ...], complaint: str) -> None:
    done = subprocess.run([SCRIPT, "certify", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert complaint in " ".join((done.stdout + done.stderr).split())
