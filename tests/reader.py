"""What a reader does at a live figure, for the tests of the chapters' figures."""


def verdict(explorer, **values):
    """What the reader is told who registers these values."""
    explorer.set(**values)
    explorer.register.click()
    return explorer.verdict.value
