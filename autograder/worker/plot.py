"""A do-nothing plot with matplotlib's interface, as long as nobody asks what it shows.

Figures, axes and lines take all calls and attributes. Nothing is drawn, so nothing is known of a
picture: asked for a truth value, a number, a length, an entry or a comparison, a plot raises
PlotAsked. Such a file needs the real matplotlib, and is observed again with it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextlib import suppress
from types import FunctionType
from typing import Any, NoReturn

import numpy as np


class PlotAsked(TypeError):
    """A do-nothing plot was asked for what only a real one knows."""


class Asked:
    """How often plots were asked for a value; what catches the error does not hide it."""

    count = 0


def _refuse(what: str) -> NoReturn:
    Asked.count += 1
    raise PlotAsked(f"a plot that is not drawn was asked for its {what}")


def _refusal(what: str) -> Callable[..., NoReturn]:
    return lambda *_: _refuse(what)


class Plot:
    """Calls, attributes and ``with`` give do-nothing plots again; attributes that are set stay."""

    def __init__(self, name: str = "", *, of_pyplot: bool = False) -> None:
        vars(self)["_Plot__name"] = name
        vars(self)["_Plot__of_pyplot"] = of_pyplot

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the function of that name returns where that is known, else a plot.

        A function given alone comes back: it is decorated, or formats something.
        """
        if len(args) == 1 and not kwargs and isinstance(args[0], FunctionType | type):
            return args[0]
        known = (_OF_PYPLOT if self.__of_pyplot else _OF_FIGURES).get(self.__name)
        return Plot() if known is None else known(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Table() if name == "spines" else Plot(name)

    def __repr__(self) -> str:
        return "<plot>"

    def __mro_entries__(self, bases: tuple[type, ...]) -> tuple[type, ...]:
        return (Drawn,)

    def __or__(self, other: object) -> Any:
        return self  # Axes | None in an annotation

    def __getitem__(self, key: object) -> Any:
        _refuse("entries")

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def __delitem__(self, key: object) -> None:
        pass

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: object) -> None:
        pass

    __ror__ = __or__
    __hash__ = object.__hash__
    __bool__ = _refusal("truth value")
    __len__ = _refusal("length")
    __iter__ = __next__ = __contains__ = __reversed__ = _refusal("entries")
    __int__ = __float__ = __complex__ = __index__ = __round__ = _refusal("number")
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refusal("comparison")
    __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = _refusal("number")
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = _refusal("number")
    __pow__ = __rpow__ = __neg__ = __pos__ = __abs__ = _refusal("number")
    __instancecheck__ = __subclasscheck__ = _refusal("class")


class Table(Plot):
    """What is indexed to get its parts, whatever the key: the cells of a grid, the spines."""

    def __getitem__(self, key: object) -> Any:
        return Plot()


class Pyplot(Plot):
    """pyplot without a list of names: a misspelled one is a plot like the others."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Plot(name, of_pyplot=True)


class Drawn:
    """What a student's own class is derived from that extends one of matplotlib's."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return getattr(Plot(), name)


def _axes(nrows: Any = 1, ncols: Any = 1, *, squeeze: bool = True, **_: object) -> Any:
    """Return the axes of a grid as matplotlib does: an array of them, or the only one."""
    try:
        rows, columns = operator.index(nrows), operator.index(ncols)
        grid = np.empty((rows, columns), dtype=object)
    except (TypeError, ValueError):
        return Plot()
    for place in np.ndindex(grid.shape):
        grid[place] = Plot()
    if not squeeze:
        return grid
    return grid.item() if grid.size == 1 else grid.squeeze()


def _figure_and_axes(*args: Any, **kwargs: Any) -> Any:
    return Plot(), _axes(*args, **kwargs)


def _lines(*args: Any, data: object = None, **_: object) -> Any:
    """Return a line for each x, y and format; a plot where one may have several lines."""
    rest, count = list(args), 0
    while rest and data is None:
        values = [rest.pop(0)]
        if rest and not isinstance(rest[0], str):
            values.append(rest.pop(0))
        if rest and isinstance(rest[0], str):
            rest.pop(0)
        if not all(map(_is_one_line, values)):
            return Plot()
        count += 1
    return [Plot() for _ in range(count)] if count else Plot()


def _is_one_line(values: object) -> bool:
    with suppress(Exception):  # a student's own array may raise anything
        if isinstance(values, list | tuple | range):
            return not values or np.ndim(values[0]) == 0
        shape = tuple(values.shape)  # type: ignore[attr-defined]  # tried: arrays and tensors have it
        return len(shape) < 2 or shape[1] == 1
    return np.ndim(values) == 0 if isinstance(values, int | float) else False


def _three(*_: object, **__: object) -> tuple[Plot, Plot, Plot]:
    return Plot(), Plot(), Plot()


def _table(*_: object, **__: object) -> Table:
    return Table()


def _figure_and_table(*_: object, **__: object) -> tuple[Plot, Table]:
    return Plot(), Table()


def _text(*_: object, **__: object) -> str:
    return ""


_OF_FIGURES: dict[str, Callable[..., Any]] = {
    "subplots": _axes,
    "plot": _lines,
    "hist": _three,
    "add_gridspec": _table,
    "GridSpec": _table,
    "GridSpecFromSubplotSpec": _table,
    "subplot_mosaic": _table,
    "to_jshtml": _text,
    "to_html5_video": _text,
}
"""What methods of figures and axes return that is more than a plot, by name."""
_OF_PYPLOT: dict[str, Callable[..., Any]] = {
    **_OF_FIGURES,
    "subplots": _figure_and_axes,
    "subplot_mosaic": _figure_and_table,
    "get_backend": lambda: "agg",
}
