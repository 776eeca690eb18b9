"""The command ``gen-tck``, a module for each group of its subcommands."""
