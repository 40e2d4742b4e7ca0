"""Chapter 8, initialization: its exercises, a module for each page."""

PAGES = ("breaking_symmetry", "initialization_schemes")
