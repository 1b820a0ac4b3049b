"""The loop as a drawing: the stages from top to bottom, ways back on the right, ways out on the left."""

from xml.sax.saxutils import escape

from cases.models import Stage
from cases.paper.steps_in_words import edges

LINE = [stage for stage in Stage if stage != Stage.REJECTED]
WIDTH, BOX, HIGH, STEP, TOP = 860, 190, 44, 104, 24
LEFT = (WIDTH - BOX) // 2 - 40
RIGHT = LEFT + BOX
LANE, PORT = 26, 16
REJECTED_X, SHORT_CUT = 24, 236


def draw():
    """An SVG as text; colours from the page (`currentColor`)."""
    height = TOP + STEP * (len(LINE) - 1) + HIGH + 24
    parts = [*_edges(), *(_box(stage, LEFT, _y(stage)) for stage in LINE)]
    parts.append(_box(Stage.REJECTED, REJECTED_X, _y(LINE[-1])))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" class="case-steps"'
        ' role="img" fill="none" stroke="currentColor" stroke-width="1.5" font-size="15"'
        ' font-family="PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif">'
        '<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
        ' orient="auto"><path d="M0 0 8 4 0 8z" fill="currentColor" stroke="none"/></marker></defs>'
        + "".join(parts)
        + "</svg>\n"
    )


def _y(stage):
    return TOP + STEP * LINE.index(stage)


def _edges():
    lane, ports = 0, {}
    for origin, target, labels in edges():
        words = "、".join(dict.fromkeys(labels))
        if target == Stage.REJECTED:
            yield from _out(origin, words)
        elif origin == Stage.REJECTED:
            yield from _in_again(target, words)
        elif LINE.index(target) == LINE.index(origin) + 1:
            yield from _down(origin, target, words)
        elif LINE.index(target) > LINE.index(origin):
            yield from _past(origin, target, words)
        else:
            port = ports[origin] = ports.get(origin, -1) + 1
            yield from _back(origin, target, words, lane, port)
            lane += 1


def _down(origin, target, words):
    x = LEFT + BOX // 2
    yield _path(f"M{x} {_y(origin) + HIGH} V{_y(target)}")
    yield _text(x + 10, (_y(origin) + HIGH + _y(target)) // 2 + 5, words)


def _back(origin, target, words, lane, port):
    """From the right side over a lane of its own up to the right side of an earlier stage."""
    begin = _y(origin) + 12 + port * (PORT + 4)
    end = _y(target) + 10 + lane % 4 * 8
    x = RIGHT + 130 + lane * LANE
    yield _path(f"M{RIGHT} {begin} H{x} V{end} H{RIGHT}")
    yield _text(RIGHT + 10, begin - 4, words)


def _past(origin, target, words):
    """Past the stages between, on the left."""
    y, end = _y(origin) + 12, _y(target) + HIGH // 2
    yield _path(f"M{LEFT} {y} H{SHORT_CUT} V{end} H{LEFT}")
    yield _text(SHORT_CUT + 4, y - 5, words)


def _out(origin, words):
    x, y = REJECTED_X + BOX // 2, _y(origin) + HIGH - 12
    yield _path(f"M{LEFT} {y} H{x} V{_y(LINE[-1])}")
    yield _text(x + 8, y - 5, words)


def _in_again(target, words):
    x, y, end = REJECTED_X + BOX, _y(LINE[-1]) + 12, _y(target) + HIGH // 2 + 8
    yield _path(f"M{x} {y} H{SHORT_CUT + 40} V{end} H{LEFT}")
    yield _text(x + 8, y - 5, words)


def _box(stage, x, y):
    label = escape(str(Stage(stage).label))
    return (
        f'<rect x="{x}" y="{y}" width="{BOX}" height="{HIGH}" rx="8" class="case-steps__stage" fill="#fff"/>'
        f'<text x="{x + BOX // 2}" y="{y + HIGH // 2 + 5}" text-anchor="middle" fill="currentColor" stroke="none"'
        f' font-weight="600">{label}</text>'
    )


def _path(line):
    return f'<path d="{line}" marker-end="url(#to)"/>'


def _text(x, y, words):
    return f'<text x="{x}" y="{y}" fill="currentColor" stroke="none" font-size="13">{escape(words)}</text>'
