"""Chapter 0, start here: its exercises, a module for each page."""

PAGES = ("how_to_use_this_book", "notation_and_shapes")
