"""The site: it is built without a warning, every clause has its one place in it, and nothing points into nowhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest

from gen_tck.adapters import wire
from gen_tck.adapters.limits import DEFAULTS
from gen_tck.conformance.check.breaches import BREACHES
from gen_tck.conformance.check.exchanges import ALL
from gen_tck.spec.calls import CALLS
from gen_tck.spec.clause import CHAPTERS
from gen_tck.spec.clauses import load
from gen_tck.spec.profiles import PROFILES

if any(find_spec(each) is None for each in ("sphinx", "myst_parser", "furo")):
    pytest.skip("Sphinx is not here (pip install 'gen-tck[docs]')", allow_module_level=True)


def build(docs: Path, site: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build the site as `tox -e docs` does."""
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-W", "--keep-going", "-b", "html", str(docs), str(site)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)


@pytest.fixture(scope="module")
def site(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site: that of GEN_TCK_SITE, where ``tox -e docs`` has just built it."""
    if "GEN_TCK_SITE" in os.environ:
        return Path(os.environ["GEN_TCK_SITE"])
    folder = tmp_path_factory.mktemp("site")
    seen = build(checkout / "docs", folder)
    assert seen.returncode == 0, seen.stderr
    assert seen.stderr == ""
    return folder


def anchors(page: Path) -> list[str]:
    return [unescape(each) for each in re.findall(r'<[^>]*\sid="([^"]+)"', page.read_text(encoding="utf-8"))]


def test_clause_has_no_place_or_two(site: Path) -> None:
    for chapter in CHAPTERS:
        own = [clause.slug for clause in load().values() if clause.chapter == chapter]
        found = Counter(anchors(site / "chapters" / f"{chapter}.html"))
        assert {slug: found[slug] for slug in own} == dict.fromkeys(own, 1)


def test_page_is_not_in_the_navigation(site: Path, checkout: Path) -> None:
    """Beside every page are the titles of all others, and no headings of theirs."""
    docs = checkout / "docs"
    pages = {str(each.relative_to(docs).with_suffix(".html")) for each in docs.rglob("*.md")} - {"index.html"}
    tests = sorted(str(each.relative_to(site)) for each in site.glob("tests/*/*.html"))
    assert tests
    for page in sorted(pages) + tests:
        whole = (site / page).read_text(encoding="utf-8")
        beside = whole.partition('<div class="sidebar-tree">')[2].partition("</div>")[0]
        links = [each for each in re.findall(r'<a [^>]*href="([^"]*)"', beside) if each != "#"]
        others = {os.path.normpath(Path(page).parent / each) for each in links}
        assert (others, len(links)) == (pages - {page}, len(others)), page


def test_clause_is_not_in_the_index(site: Path) -> None:
    index = (site / "clauses.html").read_text(encoding="utf-8")
    for clause in load().values():
        assert index.count(f'href="chapters/{clause.chapter}.html#{clause.slug}"') == 1, clause.id


def test_clause_is_shown_without_a_part(site: Path) -> None:
    pages = {chapter: (site / "chapters" / f"{chapter}.html").read_text(encoding="utf-8") for chapter in CHAPTERS}
    for clause in load().values():
        section = pages[clause.chapter].split(f'id="{clause.slug}"')[1].split("<section")[0]
        for part in (clause.level, clause.profile, clause.basis, *clause.variants):
            assert f">{part}<" in section, f"{clause.id}: {part}"
        for other in clause.builds_on:
            assert f">{other}</a>" in section, clause.id
        assert bool(clause.example) == ("highlight-erlang" in section), clause.id
        assert "Intent:" in section, clause.id
        assert ("test_" in section) != ("No test" in section), clause.id


def test_link_leads_nowhere(site: Path) -> None:
    known = {page: set(anchors(page)) for page in site.rglob("*.html")}
    for page in known:
        for link in re.findall(r'(?:href|src)="([^"]+)"', page.read_text(encoding="utf-8")):
            address, _, anchor = unescape(link).partition("#")
            if re.match(r"\w+:", address):
                continue
            target = (page.parent / unquote(address.partition("?")[0])).resolve() if address else page
            assert target.exists(), f"{page.name}: {link}"
            if anchor and target in known and anchor != "top":
                assert unquote(anchor) in known[target], f"{page.name}: {link}"


def test_site_needs_a_network(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = re.findall(r'<(?:script|img|link|iframe)\b[^>]*(?:src|href)="(\w+:[^"]+)"', page.read_text("utf-8"))
        assert loaded == [], page.name


def text_of(page: Path) -> str:
    return unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")))


FILES = re.compile(
    r"(?<![\w/.-])(?:(?:docs|api|spec|reference|adapters|conformance|tests|examples|benchmarks|tools|starters)/"
    r"[\w./*-]*\.\w+|(?!README)[A-Z]{4,}\.md|tox -e \w+|tests\.\w+)"
)
"""What only a clone of the repository has."""


def test_page_names_a_file_that_its_reader_does_not_have(site: Path) -> None:
    """But for the page on how the kit is built, and those that show its tests: a reader of these has a clone."""
    named = []
    for page in site.rglob("*.html"):
        place = page.relative_to(site).as_posix()
        article = page.read_text(encoding="utf-8").partition("<article")[2].partition("</article")[0]
        if place != "architecture.html" and not place.startswith("tests/"):
            named += [f"{place}: {each}" for each in FILES.findall(unescape(re.sub(r"<[^>]+>", "", article)))]
    assert named == []


def test_message_names_a_file_that_its_reader_does_not_have() -> None:
    """The command's own words, help included; docstrings of functions that are no commands are nobody's."""
    gen_tck = Path(sys.executable).with_name("gen-tck")
    told = ""
    for command in ("check", "certify", "new", "show", "clauses", "calls", "options", "explore", "judge", "replay"):
        told += subprocess.run([gen_tck, command, "--help"], capture_output=True, text=True, check=True).stdout
    told += " ".join(f"{each.mend} {each.name}" for each in ALL) + " ".join(each.mend for each in BREACHES)
    told += subprocess.run([gen_tck, "show", "modes/once-delivers-one-message"], capture_output=True, text=True).stdout
    assert [each for each in FILES.findall(told) if not each.startswith("conformance/")] == []


def test_way_to_certify_is_more_than_a_click_from_the_front_page(site: Path) -> None:
    front = (site / "index.html").read_text(encoding="utf-8").split("<article")[1].split("</article")[0]
    pages = [site / each for each in re.findall(r'href="([\w-]+\.html)', front)]
    assert site / "certify.html" in pages
    assert "gen-tck new" in text_of(site / "certify.html")


def test_profile_or_call_or_helper_is_not_told_of(site: Path) -> None:
    page = site / "profiles.html"
    assert [each for each in PROFILES if f"profile-{each}" not in anchors(page)] == []
    profiles, processes = text_of(page), text_of(site / "processes.html")
    for each in CALLS.values():
        signature = f"{each.module}:{each.name}({', '.join(each.arguments)})"
        assert signature in (processes if each.is_helper else profiles), signature


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        ("essentials", "{error, timeout}"),
        ("essentials", "{tcp_closed, Socket}"),
        ("packets", "{error, emsgsize}"),
        ("resets", "{tcp_error, Socket, econnreset}"),
        ("port-command", "{inet_reply, Socket, ok}"),
    ],
)
def test_answer_that_cases_see_is_not_told_of(site: Path, profile: str, answer: str) -> None:
    page = (site / "profiles.html").read_text(encoding="utf-8")
    section = page.split(f'<section id="profile-{profile}"')[1].split('<section id="profile-')[0]
    assert answer in unescape(re.sub(r"<[^>]+>", "", section))


def test_limit_is_not_told_of(site: Path) -> None:
    known = anchors(site / "limits.html")
    assert [each for each in DEFAULTS.as_dict() if f"limit-{each.replace('_', '-')}" not in known] == []
    assert "67,108,864 bytes" in text_of(site / "limits.html")


def test_schema_is_not_published(site: Path) -> None:
    assert json.loads((site / "wire.schema.json").read_text(encoding="utf-8")) == wire.schema()


def test_pages_on_adapters_do_not_lead_to_each_other(site: Path) -> None:
    for page, others in {
        "protocol": ("manifest", "limits", "profiles", "processes", "exchanges", "own"),
        "manifest": ("protocol", "limits"),
        "limits": ("manifest",),
    }.items():
        body = (site / f"{page}.html").read_text(encoding="utf-8").split("<article")[1].split("</article")[0]
        assert [each for each in others if f'href="{each}.html' not in body] == [], page


def test_tutorial_has_no_output(site: Path) -> None:
    assert "CONFORMS to essentials (must" in text_of(site / "tutorial-python.html")
    if shutil.which("node"):
        assert "CONFORMS to essentials (must" in text_of(site / "tutorial-javascript.html")


WRONG = {
    "{doc}`nowhere`": "unknown document",
    "```{nothing}\n```": "Unknown directive type",
    "#### Fourth level": "Non-consecutive header level",
    "{term}`no such word`": "term not in glossary",
    "```{play}\nA is spawned\nA is ended\n```": "A is ended: it is idle",
    "```{session}\n```\n\n```{commands}\nfalse\n```": "false: exit status 1, not 0",
}


def test_wrong_page_goes_unnoticed(checkout: Path, tmp_path: Path) -> None:
    """On a small site of its own, with the same settings: it is built, and with any wrong page it is not."""
    docs = tmp_path / "docs"
    shutil.copytree(checkout / "docs", docs, ignore=shutil.ignore_patterns("*.md", "_build", "__pycache__"))
    (docs / "index.md").write_text("# A page\n\nSome words.\n")
    assert build(docs, tmp_path / "right").returncode == 0
    for number, wrong in enumerate(WRONG):
        (docs / f"wrong{number}.md").write_text(f"---\norphan: true\n---\n\n# A page\n\n{wrong}\n")
    seen = build(docs, tmp_path / "wrong")
    assert seen.returncode != 0
    complaints = [line for line in seen.stderr.splitlines() if "WARNING" in line or "ERROR" in line]
    assert len(complaints) == len(WRONG), seen.stderr
    for number, complaint in enumerate(WRONG.values()):
        assert any(f"wrong{number}.md" in line and complaint in line for line in complaints), seen.stderr


def test_tool_that_a_page_takes_is_missing(checkout: Path, tmp_path: Path) -> None:
    """The page says so; where everything is to be tried the build fails."""
    docs = tmp_path / "docs"
    shutil.copytree(checkout / "docs", docs, ignore=shutil.ignore_patterns("*.md", "_build", "__pycache__"))
    (docs / "index.md").write_text("# A page\n\n```{session} no-such-tool\n```\n\n```{commands}\ntrue\n```\n")
    assert build(docs, tmp_path / "site", CI="").returncode == 0
    assert "There was no no-such-tool where this page was made" in text_of(tmp_path / "site" / "index.html")
    seen = build(docs, tmp_path / "ci", CI="true")
    assert seen.returncode != 0
    assert "there is no no-such-tool here" in seen.stderr
