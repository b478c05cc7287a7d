"""Pages for people: the class report, and each student's feedback."""
