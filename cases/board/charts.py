"""Bars for a picture in SVG: whole numbers, labelled directly, told apart without colour."""

from dataclasses import dataclass, field

WIDTH, HEIGHT, TOP, FOOT = 960, 240, 28, 30
FEWEST = 6  # fewer bars grow no wider


@dataclass
class Bar:
    x: int
    y: int
    width: int
    height: int
    text: str
    look: str

    @property
    def middle(self):
        return self.x + self.width // 2


@dataclass
class Chart:
    """`looks`: [(look, name)] of the rows of bars; `bars` and `ticks`: [(x, text)] to be drawn."""

    title: str
    looks: list
    bars: list = field(default_factory=list)
    ticks: list = field(default_factory=list)
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def floor(self):
        return HEIGHT - FOOT


def draw(title, ticks, rows, *, top=None):
    """`rows`: [(look, name, values, texts)], a value of None leaves its place empty."""
    chart = Chart(title, [(look, name) for look, name, _values, _texts in rows])
    highest = top or max((v or 0 for row in rows for v in row[2]), default=0) or 1
    step = WIDTH // max(len(ticks), FEWEST)
    width = (step - 16) // len(rows)
    for n, tick in enumerate(ticks):
        chart.ticks.append((n * step + step // 2, tick))
        for place, (look, _name, values, texts) in enumerate(rows):
            if values[n] is None:
                continue
            height = round(values[n] / highest * (HEIGHT - TOP - FOOT))
            chart.bars.append(
                Bar(
                    n * step + 8 + place * width,
                    HEIGHT - FOOT - height,
                    width - 4,
                    height,
                    texts[n],
                    look,
                )
            )
    return chart
