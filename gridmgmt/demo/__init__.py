"""A made-up district for trying things out. The places are real, every person is invented."""
