"""``python -m gen_tck``: the command ``gen-tck``."""

import sys

from gen_tck.conformance.commands.entry import main

if __name__ == "__main__":
    sys.argv[0] = "gen-tck"  # what results and reproductions name
    main()
