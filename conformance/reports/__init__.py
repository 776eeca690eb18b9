"""What is made of results: pages, tables and files for people, for CI and for other tools."""
