"""The calls of this chapter come back, and each documented option is taken where it may be named."""

from __future__ import annotations

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Unexpected, describe, expect, ok, value_of
from gen_tck.conformance.harness.marks import clause, each_row
from gen_tck.conformance.harness.rows import options_at
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.spec.options import Option
from gen_tck.spec.terms import Atom, List, Term, term


def settings_of(option: Option) -> list[object]:
    """Ways to name it."""
    return [(option.name, each) for each in option.examples] + list(option.examples if option.name == "mode" else ())


def connected(scenario: Scenario, owner: Actor, *settings: object) -> Term:
    """A socket for which nothing but ``settings`` was named."""
    return value_of(owner.gen_tcp.connect(LOOPBACK, scenario.port(), settings_list(*settings)))


def settings_list(*settings: object) -> List:
    return List(map(term, settings))


@clause("modes/setopts-answers")
def test_setopts_does_not_return_ok(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.inet.setopts(connected(scenario, owner), []), ok())


@clause("modes/getopts-answers")
def test_getopts_tells_what_was_not_asked(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.inet.getopts(connected(scenario, owner), []), ok([]))


@each_row("option", options_at("connect"))
def test_connect_refuses_an_option(scenario: Scenario, option: Option) -> None:
    owner = scenario.process("owner")
    for each in settings_of(option):
        connected(scenario, owner, each)


@each_row("option", options_at("listen"))
def test_listen_refuses_an_option(scenario: Scenario, option: Option) -> None:
    owner = scenario.process("owner")
    for each in settings_of(option):
        value_of(owner.gen_tcp.listen(0, settings_list(("ip", LOOPBACK), each)))


@each_row("option", options_at("setopts"))
def test_setopts_refuses_an_option(scenario: Scenario, option: Option) -> None:
    owner = scenario.process("owner")
    socket = connected(scenario, owner)
    for each in settings_of(option):
        expect(owner.inet.setopts(socket, [each]), ok(), f"setting {describe(term(each))}")


@each_row("option", options_at("getopts"))
def test_getopts_does_not_tell_an_option(scenario: Scenario, option: Option) -> None:
    owner = scenario.process("owner")
    for each in option.examples:
        told = owner.inet.getopts(connected(scenario, owner, (option.name, each)), [option.name])
        if option.exact:
            expect(told, ok([(option.name, each)]))
        else:
            is_told(told, option.name)


def is_told(told: Term, name: str) -> None:
    """Expect ``{ok, [{Name, _}]}``."""
    match value_of(told):
        case ((Atom() as found, _),) if found.name == name:
            pass
        case _:
            raise Unexpected(f"{{ok,[{{{name},_}}]}}", describe(told))
