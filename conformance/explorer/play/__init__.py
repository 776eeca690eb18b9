"""Scripts played on a node: by the node itself, thousands at a time, or step by step."""
