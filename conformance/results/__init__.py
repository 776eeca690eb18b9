"""What was seen of a node, as data: verdicts, claims, roots, recorded deviations, and the file that keeps them."""
