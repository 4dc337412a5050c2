#!/usr/bin/env python3
"""Draws the example digits of this folder: strokes of a pen, as different as handwriting and scans are. Needs Python 3 alone.

    python3 examples/digits/draw.py            writes zero.png ... nine.png beside itself
"""
import math, random, struct, zlib
from pathlib import Path

# Strokes in a unit square, x to the right and y down; the pen goes smoothly through the points.
STROKES = {
    0: [[(.52, .02), (.22, .18), (.12, .52), (.26, .88), (.52, .98), (.78, .82), (.88, .48), (.76, .14), (.48, .03)]],
    1: [[(.32, .24), (.46, .12), (.56, .02)], [(.56, .02), (.53, .5), (.50, .98)]],
    2: [[(.16, .26), (.26, .08), (.52, .02), (.76, .12), (.78, .34), (.58, .58), (.30, .82), (.14, .96)], [(.14, .96), (.5, .95), (.88, .94)]],
    3: [[(.18, .12), (.42, .02), (.70, .10), (.70, .32), (.42, .46)], [(.42, .46), (.76, .54), (.82, .78), (.56, .97), (.16, .90)]],
    4: [[(.34, .03), (.26, .30), (.14, .58)], [(.14, .58), (.5, .58), (.90, .55)], [(.68, .06), (.66, .5), (.64, .98)]],
    5: [[(.80, .04), (.54, .04), (.28, .05)], [(.28, .05), (.25, .24), (.22, .44)], [(.22, .44), (.46, .36), (.74, .48), (.80, .72), (.58, .95), (.16, .92)]],
    6: [[(.66, .02), (.40, .18), (.20, .48), (.18, .78), (.40, .98), (.68, .92), (.80, .70), (.64, .52), (.38, .56), (.20, .74)]],
    7: [[(.12, .08), (.5, .06), (.86, .05)], [(.86, .05), (.64, .42), (.48, .70), (.40, .98)]],
    8: [[(.70, .16), (.50, .02), (.26, .14), (.30, .36), (.56, .50), (.76, .70), (.66, .94), (.40, .98), (.22, .80), (.34, .58), (.62, .42), (.74, .22), (.66, .10)]],
    9: [[(.78, .26), (.58, .05), (.30, .10), (.20, .32), (.38, .50), (.64, .44), (.78, .24)], [(.78, .24), (.74, .60), (.62, .98)]],
}
NAMES = "zero one two three four five six seven eight nine".split()


def smooth(points, steps=24):
    """Points of a Catmull-Rom spline through `points`."""
    p = [points[0], *points, points[-1]]
    out = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:]):
        for i in range(steps):
            t = i / steps
            out.append(tuple(0.5 * (2 * b[k] + (c[k] - a[k]) * t + (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k]) * t * t
                                    + (3 * b[k] - a[k] - 3 * c[k] + d[k]) * t ** 3) for k in (0, 1)))
    return out + [points[-1]]


def draw(digit, size, height, pen, place, slant, seed):
    """Coverage, 0 to 1, of a digit `height` pixels high drawn with a pen of `pen` pixels around `place`."""
    width_px, height_px = size
    shake = random.Random(seed)
    cover = [[0.0] * width_px for _ in range(height_px)]
    for stroke in STROKES[digit]:
        wobbled = [(x + shake.uniform(-.012, .012), y + shake.uniform(-.012, .012)) for x, y in stroke]
        line = [(place[0] + height * (.72 * (x - .5) - slant * (y - .5)), place[1] + height * (y - .5)) for x, y in smooth(wobbled)]
        for (ax, ay), (bx, by) in zip(line, line[1:]):
            reach = pen / 2 + 1
            for y in range(max(0, int(min(ay, by) - reach)), min(height_px, int(max(ay, by) + reach) + 1)):
                for x in range(max(0, int(min(ax, bx) - reach)), min(width_px, int(max(ax, bx) + reach) + 1)):
                    dx, dy = bx - ax, by - ay
                    length = dx * dx + dy * dy
                    t = 0 if length == 0 else max(0, min(1, ((x - ax) * dx + (y - ay) * dy) / length))
                    distance = math.hypot(x - ax - t * dx, y - ay - t * dy)
                    cover[y][x] = max(cover[y][x], min(1.0, max(0.0, pen / 2 + .5 - distance)))
    return cover


def png(path, rows, channels):
    """Writes rows of bytes as an 8-bit gray or RGB picture."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", len(rows[0]) // channels, len(rows), 8, 0 if channels == 1 else 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + bytes(r) for r in rows), 9)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def picture(digit, size, height, pen, place, slant, paper, ink, shade=0.0, grain=0, seed=1):
    """One file. `paper` and `ink` are gray levels or RGB; `shade` is how much darker the paper is at its right edge."""
    cover = draw(digit, size, height, pen, place, slant, seed)
    noise = random.Random(seed)
    paper, ink = [c if isinstance(c, tuple) else (c,) for c in (paper, ink)]
    rows = []
    for row in cover:
        line = []
        for x, c in enumerate(row):
            light = 1 - shade * x / len(row)
            n = noise.randint(-grain, grain) if grain else 0
            line += [max(0, min(255, round((p * light) * (1 - c) + i * c) + n)) for p, i in zip(paper, ink)]
        rows.append(line)
    png(Path(__file__).with_name(NAMES[digit] + ".png"), rows, len(paper))


if __name__ == "__main__":
    # digit, size, height and pen in pixels, place of its middle, slant, paper, ink
    picture(0, (160, 160), 110, 11, (80, 80), .05, 255, 20)
    picture(1, (90, 140), 96, 8, (46, 70), .10, 250, 40)
    picture(2, (320, 240), 150, 16, (210, 110), .06, (246, 240, 225), (30, 40, 120), shade=.15)
    picture(3, (28, 28), 20, 2.4, (14, 14), .05, 0, 255)
    picture(4, (200, 260), 170, 9, (96, 128), .04, 255, 0)
    picture(5, (256, 256), 130, 14, (128, 120), .08, (20, 60, 40), (235, 235, 225), grain=6)
    picture(6, (120, 120), 80, 9, (58, 62), .08, 235, 60, shade=.2, grain=4)
    picture(7, (200, 200), 140, 13, (104, 98), .08, 255, 10)
    picture(8, (240, 180), 120, 13, (96, 90), .05, (252, 250, 245), (120, 20, 30), shade=.1, grain=2)
    picture(9, (64, 64), 44, 5, (33, 31), .08, 10, 230)
