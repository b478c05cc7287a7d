"""Stop jsonschema from building grammars that nothing here needs."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import cast

ADDRESSES = "rfc3987_syntax"


def skip_address_grammars() -> None:
    """Let nbformat be imported without the grammars of internet addresses.

    Where Jupyter installed ``rfc3987_syntax``, jsonschema builds 38 parsers with it when it is
    imported, which takes longer than all other imports of a command but torch. No notebook's schema
    names such an address. jsonschema takes the module for one that is not installed.
    """
    modules = cast("dict[str, ModuleType | None]", sys.modules)
    modules.setdefault(ADDRESSES, None)
