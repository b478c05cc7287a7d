"""Which modules submissions import that are missing here, and what to install for known ones."""

from __future__ import annotations

import collections
import importlib.util
from collections.abc import Iterable

from autograder.words.catalogue import say

_ALIKE = """accelerate altair beartype bokeh colorama einops h5py imageio ipywidgets jaxtyping
    joblib lightning networkx numba openpyxl pandas plotly polars prettytable pytest requests rich
    scipy seaborn statsmodels sympy tabulate tensorboard tensorboardX termcolor torchaudio
    torchinfo torchmetrics torchsummary torchvision tqdm typeguard wandb"""
DISTRIBUTIONS = {
    "IPython": "ipython",
    "PIL": "pillow",
    "alive_progress": "alive-progress",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dotenv": "python-dotenv",
    "imblearn": "imbalanced-learn",
    "progressbar": "progressbar2",
    "pytorch_lightning": "pytorch-lightning",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
} | {name: name for name in _ALIKE.split()}
"""The modules that we name in a command, with what brings them. All others are other people's
words: a name that a student made up must not be installed."""
MOST_NAMED = 30


class Lacking:
    """Counts, submission by submission, the modules that are imported and not here."""

    def __init__(self) -> None:
        self._counts: collections.Counter[str] = collections.Counter()

    def add(self, modules: Iterable[str]) -> None:
        """Count the modules that one submission lacked."""
        self._counts.update(modules)

    def only_missing_now(self) -> None:
        """Forget what was installed since."""
        for name in [name for name in self._counts if _is_here(name)]:
            del self._counts[name]

    def lines(self) -> list[str]:
        """Return what is said of it, with one command at most; nothing where nothing is lacking."""
        if not self._counts:
            return []
        ranked = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        named = [f"{name} ({count})" for name, count in ranked[:MOST_NAMED]]
        shown = ", ".join(named)
        if len(ranked) > MOST_NAMED:
            shown = say("who-and-more", who=shown, n=len(ranked) - MOST_NAMED)
        text = say("modules-missing", named=shown)
        known = sorted({DISTRIBUTIONS[name] for name in self._counts if name in DISTRIBUTIONS})
        return [text, say("modules-install", known=" ".join(known))][: 1 + bool(known)]


def _is_here(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False
