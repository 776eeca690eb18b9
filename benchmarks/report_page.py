"""How heavy is the HTML report of a run, how long does it take to make, and how long to open in Chromium?"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from gen_tck.conformance.reports.page import page
from gen_tck.conformance.reports.source import load
from gen_tck.spec import clauses

TIMES = 5
FINISHED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="what `gen-tck certify --results` wrote")
    source = load(parser.parse_args().results, clauses.load())
    chromium = shutil.which("chromium")
    if chromium is None:
        print("there is no `chromium` here (Debian: apt-get install chromium)", file=sys.stderr)
        return 2
    began = time.monotonic()
    html = page([source])
    seconds = time.monotonic() - began
    print(f"{len(source.results.cases)} cases: {len(html.encode()) / 1e6:.2f} MB, {seconds:.1f} s to make")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder, "report.html")
        file.write_text(html)
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        opened = [milliseconds_to_open(browser.new_page(), file) for _ in range(TIMES)]
        browser.close()
    print(f"opened {TIMES} times: median {statistics.median(opened):.0f} ms, longest {max(opened):.0f} ms")
    return 0


def milliseconds_to_open(tab: Page, file: Path) -> float:
    """From the request until the page has been laid out and its script has run."""
    tab.goto(file.as_uri())
    taken = float(tab.evaluate(FINISHED))
    tab.close()
    return taken


if __name__ == "__main__":
    sys.exit(main())
