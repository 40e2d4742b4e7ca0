"""Chapter 8, initialization: its exercises, a module for each page."""

PAGES = ("breaking_symmetry", "mean_field_theory", "initialization_schemes")
