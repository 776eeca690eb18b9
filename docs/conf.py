"""How Sphinx builds the site: ``tox -e docs``. What it shows comes from the installed kit, nothing from a network."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed
from importlib.resources import files
from pathlib import Path

# The site's own directives, in the folder `site`.
sys.path.insert(0, str(Path(__file__).parent))

project = "gen_tck"
version = release = installed("gen-tck")
extensions = ["myst_parser", "sphinx.ext.autodoc", "site_of_gen_tck"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True

autodoc_typehints = "none"  # they name classes that have no page

html_theme = "furo"
html_title = "gen_tck"
html_static_path = ["static"]
html_extra_path = [str(files("gen_tck.adapters") / "wire.schema.json")]  # beside the page of the protocol, as that says
html_css_files = ["clauses.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
