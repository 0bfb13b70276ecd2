#!/usr/bin/env python3
"""Draws a Grafana dashboard as a page of its own: every panel's query, asked of a Prometheus.

Usage: snapshot.py PROMETHEUS DASHBOARD.json PAGE.html [MINUTES [END]]
  PROMETHEUS  http://127.0.0.1:9090
  MINUTES     how far back (default 30)
  END         seconds since 1970 (default now)

Knows what Lyceum's dashboards use: panels "stat", "timeseries" and "row", units, legends, stacking. It is not Grafana.
Exit status 1 when Prometheus refuses a query; prints the panels that have no data.
"""

import html
import json
import math
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

COLOURS = ["#3266ad", "#c8553d", "#3d8f5f", "#8a5fb0", "#b8860b", "#2a9d9d", "#a83c72", "#6b7280"]
COLUMN, ROW = 54, 34  # pixels of a cell of the dashboard's grid, which is 24 wide


def ask(server, path, **arguments):
    url = f"{server}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)["data"]["result"]
    except urllib.error.HTTPError as refusal:
        raise ValueError(json.load(refusal)["error"]) from refusal


def text(value, unit):
    if value is None or math.isnan(value) or math.isinf(value):
        return "NaN"
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "bytes":
        for name in ("B", "KiB", "MiB", "GiB", "TiB"):
            if abs(value) < 1024 or name == "TiB":
                return f"{value:.3g} {name}"
            value /= 1024
    if unit == "s" and value and abs(value) < 1:
        return f"{value * 1000:.3g} ms"
    suffix = {"s": " s", "watt": " W", "celsius": " °C", "reqps": "/s"}.get(unit, "")
    for size, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size and unit != "s":
            return f"{value / size:.3g} {name}{suffix}"
    return f"{value:.3g}{suffix}"


def legend(target, labels):
    form = target.get("legendFormat", "")
    if form:
        return re.sub(r"{{\s*(\w+)\s*}}", lambda name: labels.get(name[1], ""), form)
    return ", ".join(f"{name}={value}" for name, value in labels.items() if name != "__name__") or target["expr"]


def stat(server, panel, end):
    unit = panel["fieldConfig"]["defaults"].get("unit", "short")
    results = [series for target in panel["targets"] for series in ask(server, "query", query=target["expr"], time=end)]
    if not results:
        return None
    values = " ".join(html.escape(text(float(series["value"][1]), unit)) for series in results)
    return f'<div class="value">{values}</div>'


def curves(server, panel, start, end):
    step = max(5, (end - start) / 200)
    series = []
    for target in panel["targets"]:
        for found in ask(server, "query_range", query=target["expr"], start=start, end=end, step=step):
            points = [(moment, float(value)) for moment, value in found["values"]]
            points = [point for point in points if math.isfinite(point[1])]
            if points:
                series.append((legend(target, found["metric"]), points))
    if not series:
        return None

    defaults = panel["fieldConfig"]["defaults"]
    unit = defaults.get("unit", "short")
    stacked = defaults.get("custom", {}).get("stacking", {}).get("mode") == "normal"
    if stacked:
        below, summed = {}, []
        for name, points in series:
            lifted = [(moment, below.get(moment, 0) + value, below.get(moment, 0)) for moment, value in points]
            below.update((moment, top) for moment, top, _ in lifted)
            summed.append((name, lifted))
        series = summed
    width, height = panel["gridPos"]["w"] * COLUMN - 84, panel["gridPos"]["h"] * ROW - 104
    values = [value for _, points in series for point in points for value in point[1:]]
    low, high = min(values + ([0] if "min" in defaults or stacked else [])), max(values)
    if high == low:
        low, high = low - abs(low or 1) * 0.1, high + abs(high or 1) * 0.1

    def x(moment):
        return 56 + (moment - start) / (end - start) * width

    def y(value):
        return 6 + (high - value) / (high - low) * height

    drawn = []
    for line in range(5):
        value = low + (high - low) * line / 4
        drawn.append(f'<line x1="56" x2="{56 + width}" y1="{y(value):.1f}" y2="{y(value):.1f}" class="grid"/>')
        drawn.append(f'<text x="50" y="{y(value) + 4:.1f}" text-anchor="end">{html.escape(text(value, unit))}</text>')
    for line in range(1, 4):
        moment = start + (end - start) * line / 4
        clock = time.strftime("%H:%M", time.gmtime(moment))
        drawn.append(f'<text x="{x(moment):.1f}" y="{height + 22}" text-anchor="middle">{clock}</text>')
    names = []
    for index, (name, points) in enumerate(series):
        colour = COLOURS[index % len(COLOURS)]
        # A gap of more than three steps is a gap, not a line.
        pieces, last = [], None
        for point in points:
            if last is None or point[0] - last > 3 * step:
                pieces.append([])
            pieces[-1].append(point)
            last = point[0]
        for piece in pieces:
            line = " ".join(f"{x(point[0]):.1f},{y(point[1]):.1f}" for point in piece)
            if stacked:
                back = " ".join(f"{x(point[0]):.1f},{y(point[2]):.1f}" for point in reversed(piece))
                drawn.append(f'<polygon points="{line} {back}" fill="{colour}" opacity="0.25"/>')
            if len(piece) == 1:
                drawn.append(f'<circle cx="{x(piece[0][0]):.1f}" cy="{y(piece[0][1]):.1f}" r="2" fill="{colour}"/>')
            drawn.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        names.append(f'<span><i style="background:{colour}"></i>{html.escape(name)}</span>')
    shown = names[:8] + ([f"<span>and {len(names) - 8} more</span>"] if len(names) > 8 else [])
    return f'<svg width="{width + 66}" height="{height + 28}">{"".join(drawn)}</svg><div class="legend">{"".join(shown)}</div>'


def main(server, dashboard, page, minutes=30, end=None):
    end = float(end or time.time())
    start = end - float(minutes) * 60
    with open(dashboard, encoding="utf-8") as file:
        board = json.load(file)
    boxes, empty, refused, bottom = [], [], 0, 0
    for panel in board["panels"]:
        place = panel["gridPos"]
        bottom = max(bottom, place["y"] + place["h"])
        try:
            content = (
                "" if panel["type"] == "row" else stat(server, panel, end) if panel["type"] == "stat" else curves(server, panel, start, end)
            )
        except ValueError as refusal:
            refused += 1
            content = f'<p class="refused">{html.escape(str(refusal))}</p>'
            print(f"{panel['title']}: {refusal}", file=sys.stderr)
        if content is None:
            empty.append(panel["title"])
            content = '<p class="none">No data</p>'
        boxes.append(
            f'<section style="left:{place["x"] * COLUMN}px;top:{place["y"] * ROW}px;width:{place["w"] * COLUMN - 10}px;height:{place["h"] * ROW - 10}px">'
            f"<h2>{html.escape(panel['title'])}</h2>{content}</section>"
        )
    span = f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime(start))} to {time.strftime('%H:%M', time.gmtime(end))} UTC"
    with open(page, "w", encoding="utf-8") as file:
        file.write(
            f"""<!doctype html><meta charset="utf-8"><title>{html.escape(board["title"])}</title><style>
body {{ font: 13px sans-serif; margin: 12px; width: {24 * COLUMN}px; color: #1f2937; background: #f3f4f6 }}
h1 {{ font-size: 17px; margin: 0 0 2px }} h2 {{ font-size: 13px; margin: 0 0 4px }} header p {{ margin: 0 0 8px; color: #6b7280 }}
main {{ position: relative; height: {bottom * ROW}px }}
section {{ position: absolute; background: #fff; border: 1px solid #d1d5db; padding: 8px; box-sizing: border-box; overflow: hidden }}
.value {{ font-size: 34px; text-align: center; margin-top: 14px; color: {COLOURS[0]} }} .none {{ color: #6b7280; text-align: center }}
.refused {{ color: #b91c1c }} text {{ font-size: 11px; fill: #6b7280 }} .grid {{ stroke: #e5e7eb }}
.legend {{ font-size: 11px; max-height: 46px; overflow: hidden }} .legend span {{ margin-right: 10px; white-space: nowrap }}
.legend i {{ display: inline-block; width: 9px; height: 9px; margin-right: 4px }}
</style><header><h1>{html.escape(board["title"])}</h1><p>{span}. The dashboard's queries, answered by Prometheus and drawn by snapshot.py.</p></header>
<main>{"".join(boxes)}</main>
"""
        )
    print(f"{len(board['panels'])} panels, {len(empty)} without data{': ' + ', '.join(empty) if empty else ''}")
    return 1 if refused else 0


if __name__ == "__main__":
    if not 4 <= len(sys.argv) <= 6:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
