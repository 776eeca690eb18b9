"""The pytest plugin: ``--node``, the ``world`` fixture, verdicts."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from gen_tck.adapters.interface import Node
from gen_tck.adapters.registry import open_node
from gen_tck.conformance.patience import Patience
from gen_tck.conformance.world import World


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--node", default="reference")
    parser.addoption("--erl", default="erl")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "clause(*ids): the clauses a conformance test checks")


class AnyVariant(frozenset):  # type: ignore[type-arg]
    def __rsub__(self, other: object) -> set[str]:
        return set()


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> Iterator[Node]:
    node = open_node(request.config.getoption("--node"), erl=request.config.getoption("--erl"))
    yield node
    node.close()


@pytest.fixture
def world(node: Node) -> Iterator[World]:
    world = World(node, Patience(), AnyVariant())
    yield world
    world.discard()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    result = yield
    world = pyfuncitem.funcargs.get("world")
    if isinstance(world, World):
        world.finish()
    return result
