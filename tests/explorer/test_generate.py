"""Scripts are the same for the same seed, and are made of all that scripts can be made of."""

from __future__ import annotations

from gen_tck.adapters.interface import Capabilities
from gen_tck.adapters.reference import PROFILES
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.offer import claimed
from gen_tck.conformance.explorer.script.script import ACCEPTED, LISTENER, PEERS, SECOND, Call, Peer, Script
from gen_tck.conformance.explorer.script.settings import NOT_TO_COMPARE, TOLD
from gen_tck.spec.calls import CALLS, INCOMPARABLE
from gen_tck.spec.options import OPTIONS
from gen_tck.spec.terms import Atom, List, Term


def _claiming(*profiles: str) -> Capabilities:
    return Capabilities("some", "1", frozenset(profiles), "real")


def test_same_seed_gives_other_scripts() -> None:
    one, other = Generator(7), Generator(7)
    for number in range(50):
        other.random(number + 50)  # whatever was drawn before
        assert one.random(number) == other.random(number)
    assert [Generator(8).random(n) for n in range(50)] != [one.random(n) for n in range(50)]


def test_scripts_of_one_seed_are_those_of_another() -> None:
    for number in range(50):
        assert Generator(1).random(number + 1_000_003) != Generator(2).random(number)


def test_oracle_tells_one_script_in_two_ways() -> None:
    setting, steps = Generator(7).random(3)
    assert Oracle().predict(setting, steps) == Oracle().predict(setting, steps)


def test_node_is_asked_for_what_it_does_not_claim() -> None:
    generator = Generator(1, claimed(_claiming("core")))
    for number in range(200):
        for step in generator.random(number)[1]:
            if isinstance(step, Call):
                name = f"{step.module}.{step.function}/{len(step.args)}"
                assert step.module in ("gen_tcp", "inet") or CALLS[name].is_helper
                assert not any(isinstance(each, int) and not isinstance(each, bool) for each in _modes(step))


def _modes(step: Call) -> list[object]:
    return [pair[1] for pair in step.args[1] if pair[0].name == "active"] if step.function == "setopts" else []


def test_vocabulary_is_not_used() -> None:
    generator = Generator(1)
    scripts = [generator.random(number) for number in range(4000)]
    calls = {
        (each.function, each.args[0]) for _, steps in scripts for each in steps if isinstance(each, Call) and each.args
    }
    for socket in (SECOND, LISTENER, *ACCEPTED):
        assert {("recv", socket), ("send", socket), ("setopts", socket), ("controlling_process", socket)} <= calls
    assert {each.which for _, steps in scripts for each in steps if isinstance(each, Peer)} == set(range(len(PEERS)))
    assert any(setting.send_timeout_close for setting, _ in scripts)
    assert any(Script(setting, tuple(steps)).alone for setting, steps in scripts)


def test_option_of_the_catalogue_is_never_set_or_asked() -> None:
    scripts = list(map(Generator(1).random, range(8000)))
    opened = {name for setting, _ in scripts for name in _names(setting.options())}
    steps = [each for _, steps in scripts for each in steps if isinstance(each, Call)]
    later = [_names(each.args[1]) for each in steps if each.function == "setopts"]
    asked = {name for each in steps if each.function == "getopts" for name in each.args[1]}
    for option in OPTIONS:
        if option.name not in NOT_TO_COMPARE:
            name = Atom(option.name)
            assert "connect" not in option.places or option.name == "mode" or name in opened
            assert "setopts" not in option.places or any(name in each for each in later)
            assert option.name not in TOLD or name in asked
    assert any(len(each) > 1 for each in later)


def _names(settings: Term) -> list[Term]:
    assert isinstance(settings, List)
    return [each[0] if type(each) is tuple else each for each in settings]


def test_stalled_scripts_suspend_nobody() -> None:
    generator, oracle = Generator(1), Oracle()
    stalled = [each for each in map(generator.random, range(4000)) if each[0].stalled]
    suspending = 0
    for setting, steps in stalled:
        expected = oracle.predict(setting, steps).expected
        suspending += any(each[::2] == ("status", "suspended") for changes in expected for each in changes)
    assert suspending > len(stalled) / 3


def test_call_of_the_catalogue_is_never_drawn() -> None:
    scripts = [steps for _, steps in map(Generator(1).random, range(8000))]
    drawn = {
        f"{each.module}.{each.function}/{len(each.args)}"
        for steps in scripts
        for each in steps
        if isinstance(each, Call)
    }
    seldom = {each for each in CALLS if "system_monitor" in each}  # such a script is played alone
    assert set(CALLS) - INCOMPARABLE - drawn - seldom == NOT_DRAWN


NOT_DRAWN = {
    "gen_tcp.connect/2",  # as connect/3, of a map: what comes of it is a matter of its arguments
    "inet.format_error/1",  # of no socket
    "inet.cancel_monitor/1",  # references have no names in scripts
    "erlang.demonitor/1",
    "erlang.unlink/1",  # a port that nobody is linked to would be left over
    "erlang.register/2",  # names are those of the VM, in which many scripts are played at once
    "erlang.unregister/1",
}


def test_accepted_sockets_are_seldom_used() -> None:
    generator, oracle = Generator(1), Oracle()
    listening = [each for each in map(generator.random, range(2000)) if each[0].listening]
    done = [oracle.predict(*each).script.steps for each in listening]
    using = [
        sum(isinstance(step, Call) and not {*ACCEPTED}.isdisjoint(step.args[:1]) for step in steps) for steps in done
    ]
    assert sum(using) > 1.5 * len(listening)
    assert any(ACCEPTED[1] in step.args for steps in done for step in steps if isinstance(step, Call))


def test_system_monitor_is_set_where_it_is_not_claimed() -> None:
    generator = Generator(1, claimed(_claiming(*PROFILES - {"system-monitor"})))
    assert not any(Script(setting, tuple(steps)).alone for setting, steps in map(generator.random, range(4000)))
