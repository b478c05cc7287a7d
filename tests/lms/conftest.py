"""Archives and course folders, as the tests of collecting have them."""

from tests.collect.conftest import course, make_zip

__all__ = ["course", "make_zip"]
