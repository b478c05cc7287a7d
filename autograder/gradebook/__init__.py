"""nbgrader's gradebook, with our evidence in tables beside nbgrader's."""
