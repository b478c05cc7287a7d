"""check() inside a student's own notebook."""
