"""One run: which cases, on which node, how often, in how many processes, and what is kept of it."""
