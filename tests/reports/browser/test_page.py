"""The HTML report in a browser: what people see, press and hear read out, and that no subject gets a say in it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import Result

from gen_tck.conformance.results.file import read
from gen_tck.spec import clauses

from ..conftest import EVIL, MODES, OWNER, MakeRun, case, exchange, failed
from .conftest import SIZES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Command = Callable[..., Result]
LIMIT = 1_700
"""Bytes for each case that a report of all may have."""


@contextmanager
def opened(browser: Browser, page: Path, *, size: str = "desktop", script: bool = True) -> Iterator[Page]:
    """The page in a window of that size. Whatever it complains of, and whatever it asks of a network, is an error."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=script, reduced_motion="reduce"
    )
    wrong: list[str] = []
    tab = context.new_page()
    tab.on("console", lambda message: wrong.append(message.text))
    tab.on("pageerror", lambda reason: wrong.append(str(reason)))
    tab.on("request", lambda request: wrong.append(request.url) if request.url != page.as_uri() else None)
    tab.goto(page.as_uri())
    yield tab
    context.close()
    assert wrong == []


@pytest.fixture
def small(make_run: MakeRun, command: Command, tmp_path: Path) -> Path:
    """A page on three clauses, one of them of another profile."""
    run = make_run(
        (failed("no message"), exchange("einval", differs=True)),
        (case(clause=OWNER), exchange()),
        (case("unsupported", _active_n(), name="test_counted", message="not claimed"), None),
    )
    assert command("report", run, "--html", "-o", tmp_path / "page.html").exception is None
    return tmp_path / "page.html"


def _active_n() -> str:
    """A clause of that profile."""
    return next(each.id for each in clauses.load().values() if each.profile == "active-n")


def shown(page: Page) -> list[str]:
    """The ids of the clauses that are shown: also of those that nobody has scrolled to, whose inner text is empty."""
    ids: list[str] = page.locator(".clause:visible > summary .id").all_text_contents()
    return ids


def says(page: Page, count: str) -> None:
    """Wait until the page says that so many clauses are shown."""
    page.locator("output", has_text=re.compile(f"^{count}$")).wait_for()


@pytest.mark.parametrize("size", SIZES)
def test_first_screen_hides_the_verdict(browser: Browser, small: Path, screenshots: Path, size: str) -> None:
    with opened(browser, small, size=size) as page:
        assert page.title() == "it 1.2: DOES NOT CONFORM"
        verdict = page.get_by_text("DOES NOT CONFORM", exact=True)
        box = verdict.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < SIZES[size][1]
        page.screenshot(path=screenshots / f"small-{size}.png")


@pytest.mark.parametrize("size", SIZES)
def test_page_is_wider_than_its_window(browser: Browser, small: Path, screenshots: Path, size: str) -> None:
    with opened(browser, small, size=size) as page:
        for each in page.locator(".clause > summary").all():
            each.click()
        page.locator(".case > summary").first.click()
        page.locator("svg.chart").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.screenshot(path=screenshots / f"small-{size}-open.png", full_page=True)


def test_case_has_no_chart(browser: Browser, small: Path) -> None:
    with opened(browser, small) as page:
        page.locator(".clause", has_text=MODES).locator("summary").first.click()
        page.locator(".case .name", has_text="test_it").locator("visible=true").click()
        chart = page.get_by_role("img", name="Sequence chart of modes/test_x.py::test_it")
        chart.wait_for()
        box = chart.locator(".divergence")
        assert box.locator("text").all_text_contents()[1:] == [
            "first difference: setopts",
            "expected",
            "ok",
            "seen",
            "einval",
        ]
        # The arrows and what is said of them are drawn, and not over one another.
        assert chart.locator(".row .way").count() == 8
        texts = [each.bounding_box() for each in chart.locator(".row:not(.divergence) > text:not(.time)").all()]
        lows = [(each["y"], each["y"] + each["height"]) for each in texts if each is not None]
        assert len(lows) == 8
        assert all(upper[1] <= lower[0] for upper, lower in pairwise(lows))
        sides = [page.locator(".sides > div").nth(number).bounding_box() for number in (0, 1)]
        assert sides[0] is not None
        assert sides[1] is not None
        assert sides[0]["y"] == sides[1]["y"]
        page.get_by_text("steps in words").locator("visible=true").click()
        steps = page.locator(".steps:visible li").all_inner_texts()
        assert steps[-1] == "setopts: expected ok, saw einval"


def test_filter_lets_others_through(browser: Browser, small: Path) -> None:
    with opened(browser, small) as page:
        everything = shown(page)
        assert set(everything) == {OWNER, MODES, _active_n()}
        status = page.locator("output")
        assert status.inner_text() == "all 3 clauses"
        page.get_by_role("checkbox", name="fail (1)").check()
        says(page, "1 of 3 clauses")
        assert shown(page) == [MODES]
        page.get_by_role("checkbox", name="unsupported (1)").check()
        says(page, "2 of 3 clauses")
        assert set(shown(page)) == {MODES, _active_n()}
        page.get_by_role("checkbox", name="active-n").check()
        says(page, "1 of 3 clauses")
        assert shown(page) == [_active_n()]
        page.get_by_role("button", name="show all").click()
        says(page, "all 3 clauses")
        assert shown(page) == everything
        page.get_by_role("searchbox").fill("setopts OPTION")
        says(page, "1 of 3 clauses")
        assert shown(page) == [MODES]
        # A chapter of which nothing is left is gone too.
        assert page.locator("section h2:visible").all_inner_texts() == ["modes"]


def test_keyboard_is_not_enough(browser: Browser, small: Path) -> None:
    """Filter, open a clause, open a case, and read the steps, with no mouse."""
    with opened(browser, small) as page:

        def focus_on(selector: str) -> None:
            for _ in range(60):
                page.keyboard.press("Tab")
                if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
                    return
            raise AssertionError(f"{selector} is not reached")

        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the clauses"
        focus_on("input[value=fail]")
        page.keyboard.press("Space")
        says(page, "1 of 3 clauses")
        focus_on(".clause > summary")
        page.keyboard.press("Enter")
        focus_on(".case > summary")
        page.keyboard.press("Enter")
        page.locator("svg.chart").wait_for()
        focus_on("[aria-label='Sequence chart']")
        focus_on(".case details > summary")
        page.keyboard.press("Enter")
        assert page.locator(".steps").is_visible()


def test_screen_reader_hears_nothing(browser: Browser, small: Path) -> None:
    """Everything has a role and a name, as the browser tells assistive tools."""
    with opened(browser, small) as page:
        tree = page.locator("body").aria_snapshot()
        for part in (
            'heading "it 1.2" [level=1]',
            "table",
            'columnheader "fail"',
            'group "Verdict"',
            'checkbox "fail (1)"',
            'searchbox "Only clauses that contain these words"',
            "status: all 3 clauses",
            'heading "modes" [level=2]',
        ):
            assert part in tree, tree
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.locator("input:not([type=checkbox]):not([aria-label])").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_too_pale(browser: Browser, small: Path, scheme: str) -> None:
    """WCAG asks for a contrast of 4.5; a projector for more rather than less."""
    with opened(browser, small) as page:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        pale = page.evaluate(CONTRASTS)
        assert {name: round(each, 1) for name, each in pale.items() if each < 4.5} == {}
        assert len(pale) > 3


CONTRASTS = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((each) => {
    const part = each / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const light = (colour) => parts(colour).reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
  };
  const found = {};
  const told = "h1, .conclusion, .summary, dt, dd, th, td, .verdict, .hint, label, output, .sentence, code";
  for (const each of document.querySelectorAll(told)) {
    const [a, b] = [light(getComputedStyle(each).color), light(behind(each))].sort((x, y) => y - x);
    found[`${each.tagName} ${each.className}`] = (a + 0.05) / (b + 0.05);
  }
  return found;
}"""


def test_subject_runs_its_script(browser: Browser, make_run: MakeRun, command: Command, tmp_path: Path) -> None:
    run = make_run(
        (failed(EVIL, message=EVIL, step=EVIL, name="test_" + EVIL), exchange(EVIL, differs=True)),
        stale=[EVIL],
        name="x",
        version=EVIL,
        homepage="javascript:document.title='owned'",
        details={EVIL: EVIL},
    )
    output = tmp_path / "page.html"
    assert command("report", run, "--html", "-o", output).exception is None
    with opened(browser, output) as page:
        for selector in (".clause > summary", ".case > summary"):
            page.locator(selector).first.click()
        page.locator("svg.chart").wait_for()
        page.get_by_text("steps in words").click()
        assert page.locator("img").count() == 0
        assert page.locator("a:not([href^='#'])").count() == 0
        assert "owned" in page.locator(".sides .seen").inner_text()
        assert "owned" in page.locator(".steps").inner_text()
        assert page.title().startswith("it <script>")
        assert page.locator("main script").count() == 0


def test_policy_lets_a_foreign_script_run(browser: Browser, small: Path) -> None:
    """Were something not escaped after all, the browser would refuse to run it."""
    html = small.read_text().replace("<main>", f"<main>{EVIL}<p onclick=\"document.title='owned'\">press</p>")
    small.write_text(html)
    with pytest.raises(AssertionError, match="Content Security Policy"), opened(browser, small) as page:  # noqa: PT012
        page.get_by_text("press", exact=True).click()
        assert page.title() == "it 1.2: DOES NOT CONFORM"


def test_link_to_a_clause_leaves_it_closed(browser: Browser, small: Path) -> None:
    with opened(browser, small) as page:
        page.evaluate(f"location.hash = '#{MODES}'")
        page.locator(f"[id='{MODES}'][open]").wait_for()


def test_nothing_is_left_without_script(browser: Browser, small: Path) -> None:
    with opened(browser, small, script=False) as page:
        assert len(shown(page)) == 3
        assert page.locator("form").is_hidden()
        assert "gen-tck report RESULTS --chart CASE" in page.locator("body").inner_text()
        page.locator(".clause", has_text=MODES).locator("summary").first.click()
        page.locator(".clause", has_text=MODES).locator(".case > summary").click()
        assert page.locator(".sides .seen").locator("visible=true").inner_text() == "seen\nno message"


def test_whole_run_is_too_heavy(
    browser: Browser, reference_run: Path, command: Command, tmp_path: Path, screenshots: Path
) -> None:
    output = tmp_path / "page.html"
    assert command("report", reference_run, "--html", "-o", output).exception is None
    results = read(reference_run)
    assert output.stat().st_size < LIMIT * len(results.cases)
    assert len(results.cases) > 400
    with opened(browser, output) as page:
        assert page.locator(".clause").count() == len(results.clauses)
        page.screenshot(path=screenshots / "whole.png")
        # One case of each chapter is opened, and drawn.
        for section in page.locator("section.part").all():
            clause = section.locator(".clause:has([data-number])").first
            clause.locator("summary").first.click()
            case = clause.locator(".case:has([data-number])").first
            case.locator("summary").first.click()
            case.locator("svg.chart").wait_for()


def test_page_needs_something_else(small: Path) -> None:
    html = small.read_text()
    assert not re.search(r"""(src|href)=["'](?!#|https://www\.erlang\.org)""", html)
    assert "@import" not in html
    assert "url(" not in html
    blocks = re.findall(r'<script type="text/plain" id="[^"]+">([^<]*)</script>', html)
    assert blocks
    for each in blocks:
        base64.b64decode(each, validate=True)
