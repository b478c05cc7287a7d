"""Where things lie in a course folder, and which files students submitted."""
