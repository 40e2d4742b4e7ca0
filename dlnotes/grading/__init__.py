"""From exercises to a graded class, with nbgrader: `dlnotes homework`."""
