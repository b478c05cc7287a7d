"""Tables and pictures of docs/performance.md from a results file; nothing is measured here.

    python benchmarks/report.py [benchmarks/results.json]

Text between ``<!-- figures: NAME -->`` and ``<!-- end -->`` is replaced.
"""

from __future__ import annotations

import re
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

from figures import (
    BASE,
    KINDS,
    Record,
    Spread,
    by_round,
    graders,
    levels,
    ratio,
    records,
    slope_seconds,
    spread,
)
from pictures import draw_all
from results import load_results

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
PICTURES = ROOT / "docs" / "pictures"
MARKED = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
TOP = 12
TARGETS = {"scripts": 100, "notebooks with plots": 50}
SHARE = 0.75


def main() -> None:
    """Write the page's tables and its pictures."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "benchmarks" / "results.json"
    results = load_results(path)
    page = PAGE.read_text()
    PAGE.write_text(MARKED.sub(lambda match: _filled(match, results), page))
    draw_all(results, PICTURES)


def summary(path: Path) -> str:
    """Return all tables as text."""
    results = load_results(path)
    return "\n\n".join(f"{name}\n\n{make(results)}" for name, make in TABLES.items())


def _filled(match: re.Match[str], results: Record) -> str:
    return f"{match[1]}\n{TABLES[match[2]](results)}\n\n{match[3]}"


def render_run(results: Record) -> str:
    """Say what was measured on, and when it was only a trial."""
    machine = results["machine"]
    loads = [
        one[name]
        for part_name, part in results["parts"].items()
        if part_name != "changes"  # which says its own: they are shares
        for one in part["records"]
        for name in ("load_before", "load_after")
    ]
    trial = any(part["settings"]["trial"] for part in results["parts"].values())
    warning = (
        "**A trial run with few submissions on a busy machine: it shows that every part works, and "
        "no figure below means anything yet.**\n\n"
    )
    others = ", ".join(
        f"{name} {results[name]}" for name in ("nbgrader", "otter") if name in results
    )
    rows = [
        ("processor", f"{machine['processor']}, {machine['cores']} cores"),
        ("memory", f"{machine['memory_gb']} GB"),
        ("Linux, Python, torch", f"{machine['kernel']}, {machine['python']}, {machine['torch']}"),
        ("other graders", others or "none"),
        ("load average while measuring", f"{min(loads):.1f} to {max(loads):.1f}" if loads else "-"),
        *((f"settings of {n}", _settings(p["settings"])) for n, p in results["parts"].items()),
    ]
    missing = [
        f"- left out: `{what}`: {why.splitlines()[-1][:200]}"
        for part in results["parts"].values()
        for what, why in part["missing"].items()
    ]
    table = _table(["", ""], [list(row) for row in rows])
    return (warning if trial else "") + "\n".join([table, *([""] if missing else []), *missing])


def render_targets(results: Record) -> str:
    """Return the aims, and how far they are met."""
    names = levels(results)
    if not names:
        return "Nothing was measured."
    best, rows = names[0], []
    for kind, wanted in TARGETS.items():
        found = ratio(results, BASE, best, kind)
        met = _met(found, wanted)
        rows.append([f"{kind}: `{best}` beside nbgrader", f"{wanted} times", _times(found), met])
    share = ratio(results, "none", best, "scripts")
    said = f"{share.median:.0%} ({share.least:.0%} to {share.most:.0%})" if share else "-"
    rows.append([f"scripts: `{best}` beside `none`", f"{SHARE:.0%}", said, _met(share, SHARE)])
    for one in records(results, "scale", size=1000):
        again = one["again_seconds"]
        rows.append(
            ["1,000 unchanged again", "< 3 s", f"{again:.1f} s", "yes" if again < 3 else "no"]
        )
    return _table(["", "aim", "measured", "met"], rows)


def render_rounds(kind: str) -> Callable[[Record], str]:
    """Return the renderer of the table of one kind of submissions."""

    def render(results: Record) -> str:
        rows = []
        for name in graders(results):
            found = spread(list(by_round(results, name, kind).values()))
            if found is None:
                continue
            start = spread(list(by_round(results, name, kind, "start_seconds").values()))
            rows.append(
                [
                    f"`{name}`" if name in levels(results) else name,
                    _milliseconds(found),
                    f"{1 / found.median:.1f}",
                    _times(ratio(results, BASE, name, kind)),
                    f"{start.median:.1f}" if start else "in it",
                ]
            )
        head = ["", "ms a submission", "a second", "faster than nbgrader", "start, s"]
        return _table(head, rows)

    return render


def render_processor(results: Record) -> str:
    """Return what one submission costs in processor time, and how busy the cores were."""
    cores, rows = results["machine"]["cores"], []
    for kind in KINDS:
        for name in [
            one for one in graders(results) if by_round(results, one, kind, "grader_cpu_seconds")
        ]:
            own = spread(list(by_round(results, name, kind, "grader_cpu_seconds").values()))
            tree = spread(list(by_round(results, name, kind, "tree_cpu_seconds").values()))
            wall = spread(list(by_round(results, name, kind).values()))
            if own and tree and wall:
                busy = tree.median / wall.median / cores
                figures = [1000 * own.median, 1000 * (tree.median - own.median)]
                rows.append([kind, name, *(f"{one:.1f}" for one in figures), f"{busy:.0%}"])
    return _table(["", "", "grader, ms", "zygote and children, ms", "cores busy"], rows)


def render_scale(results: Record) -> str:
    """Return how cost and memory grow with the class."""
    found = records(results, "scale")
    rows = [
        [
            f"{one['count']:,}",
            f"{one['total_seconds']:.1f}",
            f"{1000 * one['total_seconds'] / one['count']:.1f}",
            f"{one['peak_mb']:.0f}",
            f"{one['again_seconds']:.1f}",
            f"{one['again_peak_mb']:.0f}",
            f"{one['reused']:,}",
        ]
        for one in found
    ]
    head = ["submissions", "s in all", "ms each", "peak MB", "again, s", "again, peak MB", "reused"]
    more = slope_seconds([o["count"] for o in found], [o["total_seconds"] for o in found])
    said = (
        f"\n\nOne more submission, between the two largest: {1000 * more:.1f} ms." if more else ""
    )
    return _table(head, rows) + said


def render_stages(results: Record) -> str:
    """Return where the milliseconds of one submission go."""
    found = records(results, "stages")
    names = list(dict.fromkeys(name for one in found for name in one["stages"]))
    names.sort(key=lambda name: max(_place(one["stages"], name) for one in found))
    rows = [
        [name, *(f"{one['stages'][name]:.2f}" if name in one["stages"] else "" for one in found)]
        for name in names
    ]
    rows.append(["**all**", *(f"{sum(one['stages'].values()):.2f}" for one in found)])
    return _table(["ms", *(f"`{one['level']}`, {one['workload']}" for one in found)], rows)


def render_profile(results: Record) -> str:
    """Return the functions that cost most, themselves."""
    parts = []
    for one in records(results, "profile"):
        total = one["total_ms"]
        rows = [
            [
                f"`{row['name']}`",
                f"{row['calls']:.1f}",
                f"{row['own']:.2f}",
                f"{row['own'] / total:.0%}",
            ]
            for row in one["by_own"][:TOP]
        ]
        title = f"{one['side']}, {one['workload']}: {total:.1f} ms a submission under the profiler"
        parts.append(f"{title}\n\n{_table(['', 'calls', 'ms', 'share'], rows)}")
    return "\n\n".join(parts) or "Nothing was profiled."


def render_changes(results: Record) -> str:
    """Return what single changes are worth to a child, each undone alone, as ratios in a round."""
    children = [child for one in records(results, "changes") for child in one["children"]]
    if not children:
        return "Nothing was measured."
    names = list(dict.fromkeys(one["change"] for one in children))
    workloads = list(dict.fromkeys(one["workload"] for one in children))
    rows = []
    for name in names:
        row = [name]
        for workload in workloads:
            share = "" if name == names[0] else _undone(children, name, workload, names[0])
            (cpu, wall, faults) = (
                statistics.median(
                    one[field]
                    for one in children
                    if (one["change"], one["workload"]) == (name, workload)
                )
                for field in ("cpu_ms", "wall_ms", "faults")
            )
            row.append(f"{cpu:.1f} / {wall:.1f} / {faults:,.0f}{share}")
        rows.append(row)
    (one, *_) = records(results, "changes")
    busy = f"\n\nLoad average: {one['load_before']:.1f} to {one['load_after']:.1f}."
    return _table(["CPU ms / wall ms / faults", *workloads], rows) + busy


def _undone(children: list[Record], change: str, workload: str, base: str) -> str:
    """Return the processor time with a change undone to that with all, compared within a round."""
    cpu = {
        (one["round"], one["change"]): one["cpu_ms"]
        for one in children
        if one["workload"] == workload
    }
    found = spread([v / cpu[n, base] for (n, name), v in cpu.items() if name == change])
    return f" ({found.median:.0%}, {found.least:.0%} to {found.most:.0%})" if found else ""


TABLES: dict[str, Callable[[Record], str]] = {
    "run": render_run,
    "targets": render_targets,
    "scripts": render_rounds("scripts"),
    "notebooks": render_rounds("notebooks with plots"),
    "processor": render_processor,
    "scale": render_scale,
    "stages": render_stages,
    "profile": render_profile,
    "changes": render_changes,
}


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _milliseconds(found: Spread) -> str:
    return f"{1000 * found.median:.1f} ({1000 * found.least:.1f} to {1000 * found.most:.1f})"


def _times(found: Spread | None) -> str:
    return f"{found.median:.1f} times ({found.least:.1f} to {found.most:.1f})" if found else "-"


def _met(found: Spread | None, wanted: float) -> str:
    return "-" if found is None else "yes" if found.median >= wanted else "no"


def _settings(settings: Record) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items() if name != "trial")


def _place(stages: dict[str, float], name: str) -> int:
    return list(stages).index(name) if name in stages else -1


if __name__ == "__main__":
    main()
