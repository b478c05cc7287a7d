"""Known mistakes: how each is planted, and what a student reads about it."""
