"""The learning management systems: a file for each, with what is read of it and written to it."""
