"""The table on the terminal and the file .local/bench.json."""

import json
from pathlib import Path

HEADS = [
    "name",
    "size",
    "ours",
    "baseline",
    "floor",
    "vs baseline",
    "vs floor",
    "target",
    "met",
]
TEXT = {"name", "target", "met"}


def table(rows: list[dict]) -> str:
    lines = [HEADS, *([*_cells(row)] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if head in TEXT else cell.rjust(width)
            for head, cell, width in zip(HEADS, line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def write(rows: list[dict], path: Path):
    """Replace the file; rows of contests that did not run this time stay out of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)


def _cells(row):
    sliced = row["baseline_n"] < row["size"]
    return (
        row["name"],
        f"{row['size']:,}",
        _seconds(row["ours_s"]),
        _seconds(row["baseline_s"]) + ("*" if sliced else ""),
        _seconds(row["floor_s"]),
        f"{row['vs_baseline']:,.1f}x",
        f"{row['vs_floor']:,.2f}x",
        row["target"],
        "yes" if row["met"] else "NO",
    )


def _seconds(value):
    return f"{value * 1000:,.2f} ms" if value < 0.1 else f"{value:,.2f} s"
