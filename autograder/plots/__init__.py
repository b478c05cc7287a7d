"""Pictures of a training, for the student's own notebook.

They show, and never disturb: tensors are copied, the random state and the grad mode stay as they
are, and what cannot be drawn becomes one warning. In a notebook a picture appears where it was
called for. Under a backend without a screen the calls return it as a ``Figure``, and the objects
keep the newest one as ``figure``.
"""

from __future__ import annotations

from autograder.plots.curve import plot_losses
from autograder.plots.decision import plot_decision
from autograder.plots.diagram import plot_diagram
from autograder.plots.guard import PlotWarning
from autograder.plots.scatter import plot_data
from autograder.plots.surface import plot_error_surfaces

__all__ = [
    "PlotWarning",
    "plot_data",
    "plot_decision",
    "plot_diagram",
    "plot_error_surfaces",
    "plot_losses",
]
