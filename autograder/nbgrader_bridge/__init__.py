"""nbgrader with our sandbox in place of its kernel. ``nbgrader_config.py`` calls ``configure``."""

from autograder.nbgrader_bridge.config import configure

__all__ = ["configure"]
