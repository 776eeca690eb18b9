"""Badges: an SVG to put into a page, and what the service shields.io draws one from."""

from __future__ import annotations

from gen_tck.conformance.reports.chart import escape
from gen_tck.conformance.results.conclusion import sentence
from gen_tck.conformance.results.file import Results
from gen_tck.conformance.results.verdicts import Conclusion
from gen_tck.spec.printable import printable

LABEL = "gen-tck"
COLOURS: dict[Conclusion, str] = {
    "CONFORMS": "#2c7a3f",
    "DEVIATES AS RECORDED": "#8a5a00",
    "DOES NOT CONFORM": "#b3121d",
    "COULD NOT TELL": "#57606a",
}
"""Dark enough for white text."""
LETTER = 6.6
"""Pixels; :func:`badge` makes every text as long as this says, whatever font there is."""


def message(results: Results) -> str:
    """What the node conforms to, or why not."""
    return sentence(results).short


def endpoint(results: Results) -> dict[str, object]:
    """JSON for the endpoint badge of shields.io."""
    colour = COLOURS[results.conclusion].removeprefix("#")
    return {"schemaVersion": 1, "label": LABEL, "message": message(results), "color": colour}


def badge(results: Results) -> str:
    """The badge as SVG."""
    text = printable(message(results))
    left, right = (round(len(each) * LETTER) + 14 for each in (LABEL, text))
    words = escape(f"{LABEL}: {sentence(results)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{words}">'
        f"<title>{words}</title>"
        f'<rect width="{left + right}" height="20" rx="3" fill="#3d444d"/>'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H{left}z" fill="{COLOURS[results.conclusion]}"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{_text(LABEL, 7, left - 14)}{_text(text, left + 7, right - 14)}</g></svg>\n"
    )


def _text(text: str, x: int, length: int) -> str:
    return f'<text x="{x}" y="14" textLength="{length}" lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
