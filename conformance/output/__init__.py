"""All that the kit says and writes goes through here: words that are safe to show, files that are written whole."""
