"""From an LMS's archive of submissions to ``submitted/<student>/<lab>/``."""
