"""Pictures of docs/performance.md: readable on a light and on a dark page."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from figures import KINDS, Record, by_round, graders, levels, records, spread

INK = "#7f8792"  # as far from white as from black
OURS, OTHERS, SECOND = "#2f81c7", "#d97a2b", "#3d9a63"
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "performance",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.labelcolor": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


def draw_all(results: Record, folder: Path) -> None:
    """Draw what there are figures for."""
    mpl.use("svg")
    with mpl.rc_context(STYLE):
        if graders(results):
            _save(draw_rounds(results), folder / "performance-throughput.svg")
        if records(results, "scale"):
            _save(draw_scale(results), folder / "performance-scale.svg")
        if records(results, "stages"):
            _save(draw_stages(results), folder / "performance-stages.svg")


def draw_rounds(results: Record) -> plt.Figure:
    """Draw submissions a second for everyone, on a scale where each step is ten times more."""
    names = graders(results)[::-1]
    figure, panels = plt.subplots(1, 2, figsize=(10, 0.45 * len(names) + 1.2), sharey=True)
    for panel, kind in zip(panels, KINDS, strict=True):
        for place, name in enumerate(names):
            found = spread([1 / one for one in by_round(results, name, kind).values()])
            if found is None:
                continue
            color = OURS if name in levels(results) else OTHERS if "," not in name else SECOND
            panel.barh(place, found.median, color=SECOND if name == "floor" else color)
            panel.plot([found.least, found.most], [place, place], color=INK, linewidth=2)
            panel.text(found.most * 1.15, place, f"{found.median:.3g}", va="center")
        panel.set_xscale("log")
        panel.set_yticks(range(len(names)), names)
        panel.set_xlim(right=panel.get_xlim()[1] * 4)
        panel.set_title(kind)
        panel.set_xlabel("submissions a second")
        _plain(panel)
    return figure


def draw_scale(results: Record) -> plt.Figure:
    """Draw time and memory against the size of the class."""
    found = records(results, "scale")
    counts = [one["count"] for one in found]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2))
    left.loglog(
        counts, [one["total_seconds"] for one in found], "o-", color=OURS, label="first run"
    )
    again = [one["again_seconds"] for one in found]
    left.loglog(counts, again, "s--", color=SECOND, label="again, unchanged")
    left.set_ylabel("seconds")
    right.semilogx(counts, [one["peak_mb"] for one in found], "o-", color=OURS, label="first run")
    right.semilogx(counts, [o["again_peak_mb"] for o in found], "s--", color=SECOND, label="again")
    right.set_ylabel("peak memory of all processes, MB")
    right.set_ylim(bottom=0)
    for panel in (left, right):
        panel.set_xlabel("submissions")
        panel.legend(frameon=False)
        _plain(panel)
    return figure


def draw_stages(results: Record) -> plt.Figure:
    """Draw the stages of one submission, the longest named, as one bar each."""
    found = records(results, "stages")[::-1]
    figure, panel = plt.subplots(figsize=(10, 0.6 * len(found) + 1.6))
    names = list(dict.fromkeys(name for one in found for name in one["stages"]))
    total = {name: max(one["stages"].get(name, 0.0) for one in found) for name in names}
    named = sorted(names, key=lambda name: -total[name])[:9]
    colors = dict(zip(named, mpl.colormaps["tab10"].colors, strict=False))
    for place, one in enumerate(found):
        whole, left = sum(one["stages"].values()), 0.0
        for name in [*named, ""]:
            others = sum(value for key, value in one["stages"].items() if key not in named)
            share = (one["stages"].get(name, 0.0) if name else others) / whole
            label = (name or "all others") if place == 0 else None
            panel.barh(place, share, left=left, color=colors.get(name, INK), label=label)
            left += share
        panel.text(1.01, place, f"{whole:.1f} ms", va="center")
    panel.set_yticks(range(len(found)), [f"{one['level']}, {one['workload']}" for one in found])
    panel.set_xlim(0, 1.12)
    panel.set_xticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "25 %", "50 %", "75 %", "100 %"])
    panel.legend(frameon=False, ncols=5, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    _plain(panel)
    return figure


def _plain(panel: plt.Axes) -> None:
    panel.spines[["top", "right"]].set_visible(False)


def _save(figure: plt.Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
