"""Programs that are too long for a page: `python -m dlnotes.examples.lenet`, and tictactoe, a game."""
