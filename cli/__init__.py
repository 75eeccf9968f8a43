"""The commands: what is read from the terminal and printed to it."""
