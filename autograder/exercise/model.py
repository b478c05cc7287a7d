"""A part that is an ``nn.Module``: with the reference's parameters it has to be the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from autograder.exercise.act import Act, Edge, Source, call, construct, read, source_of
from autograder.exercise.argument import LARGEST_SEED, drawn_parameters
from autograder.exercise.part import Part
from autograder.protocol.script import SELF, Projection

OF_PARAMETERS: Mapping[str, Projection] = {"names": "names", "shapes": "sizes", "count": "count"}
"""What can be compared of parameters, whatever their values."""
OF_CALLS = ("train", "buffers", "eval", "output", "gradients")
"""What can be compared of a module with the reference's parameters, in this order."""
CALL = "__call__"
PLAIN = construct()


@dataclasses.dataclass(frozen=True)
class Model(Part):
    """A class of modules. ``draw`` returns what a module is called with: a tuple, or the only one.

    ``init`` says how it is made, ``construct(8, hidden=16)``, or draws that. Its parameters become
    those of the reference's, moved by drawn numbers: by name, else by order and shape. Points by
    label choose what is compared: the ``output``, in ``eval`` and in ``train`` mode; ``gradients``
    of the parameters; ``names``, ``shapes`` and ``count`` of parameters; ``buffers``, after a call
    in train mode where ``train`` has points.
    """

    draw: Callable[[Source], Any] | None = None
    init: Act | Callable[[Source], Act] = PLAIN
    edges: tuple[Edge, ...] = ()

    def acts(self, source: Source) -> tuple[Act, ...]:
        """Return how a module is made, filled, called and looked at for one draw."""
        drawn = self.draw(source) if self.draw is not None else ()
        given = drawn if isinstance(drawn, tuple) else (drawn,)
        return tuple(self._acts(source, given, {}))

    def cases(self) -> tuple[Edge, ...]:
        """Return the listed cases."""
        return self.edges

    def case_acts(self, case: Edge) -> tuple[Act, ...]:
        """Return the steps of a listed case."""
        return tuple(self._acts(source_of(LARGEST_SEED), case.arguments, case.named))

    def _acts(
        self, source: Source, given: tuple[Any, ...], named: Mapping[str, Any]
    ) -> Iterator[Act]:
        init = self.init(source) if callable(self.init) else self.init
        seed = int(source.numpy.integers(1, LARGEST_SEED))
        values = drawn_parameters(self.names[0], init, seed)
        called = call(CALL, *given, **named)
        looks = self.points if isinstance(self.points, Mapping) else ("output", "gradients")
        yield init
        for look in (one for one in OF_PARAMETERS if one in looks):
            yield dataclasses.replace(read("", label=look), project=OF_PARAMETERS[look])
        yield Act("load", "", (values,), on=SELF, record=False)
        for look in (one for one in OF_CALLS if one in looks):
            if look == "buffers":
                yield dataclasses.replace(read("", label=look), project="buffers")
                continue
            mode = "train" if look == "train" else "eval"
            yield call(mode).unrecorded().labelled("mode")
            yield (called.gradients() if look == "gradients" else called).labelled(look)
