"""Scripts: settings and steps, their text, and the runner that plays them step by step on any node."""
