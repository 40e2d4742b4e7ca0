"""Chapter 5, convolution: its exercises, a module for each page."""

PAGES = ()
