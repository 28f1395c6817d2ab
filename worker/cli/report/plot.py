"""Weeks as bars, and how long it took, as a line over them: SVG, without anything else."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 280, 48, 56, 24, 44
_KEPT, _BROKEN, _LINE, _INK, _GRID = "#7aa6c2", "#c2413f", "#3d3d3d", "#4a5a6a", "#e3e8ec"


class Bar(NamedTuple):
    """One week: how many ended in time, how many late, and in how many days half of them did."""

    label: str
    kept: int
    breached: int
    days: float | None


def weeks(bars: Sequence[Bar], title: str) -> str:
    """The plot, with words for those who can't see it."""
    return "\n".join(_parts(bars, title))


def _parts(bars: Sequence[Bar], title: str) -> Iterator[str]:
    most = _round_up(max((bar.kept + bar.breached for bar in bars), default=0))
    longest = _round_up(max((bar.days or 0 for bar in bars), default=0))
    wide = (_WIDTH - _LEFT - _RIGHT) / max(len(bars), 1)
    high = _HEIGHT - _TOP - _BOTTOM

    def y(share: float) -> float:
        return _TOP + high * (1 - share)

    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        f' width="{_WIDTH}" height="{_HEIGHT}" font-family="system-ui, sans-serif" font-size="11">'
    )
    yield f"<title>{html.escape(title)}</title>"
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>'
    for part in range(5):
        at = y(part / 4)
        yield f'<path d="M{_LEFT} {at:.1f}H{_WIDTH - _RIGHT}" stroke="{_GRID}"/>'
        yield _text(_LEFT - 6, at + 4, f"{most * part / 4:g}", "end")
        yield _text(_WIDTH - _RIGHT + 6, at + 4, f"{longest * part / 4:g} d", "start")
    line = []
    for place, bar in enumerate(bars):
        left = _LEFT + wide * place + wide * 0.18
        for begin, count, colour in ((0, bar.kept, _KEPT), (bar.kept, bar.breached, _BROKEN)):
            if count:
                top = y((begin + count) / most)
                tall = y(begin / most) - top
                yield (
                    f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide * 0.64:.1f}"'
                    f' height="{tall:.1f}" fill="{colour}"/>'
                )
        middle = _LEFT + wide * (place + 0.5)
        yield _text(middle, _HEIGHT - _BOTTOM + 16, bar.label, "middle")
        if bar.days is not None:
            line.append((middle, y(bar.days / longest)))
    points = " ".join(f"{x:.1f},{at:.1f}" for x, at in line)
    yield f'<polyline points="{points}" fill="none" stroke="{_LINE}" stroke-width="1.5"/>'
    yield from (f'<circle cx="{x:.1f}" cy="{at:.1f}" r="3" fill="{_LINE}"/>' for x, at in line)
    yield from _key()
    yield "</svg>"


def _key() -> Iterator[str]:
    at = _HEIGHT - 10
    for left, colour, said in ((_LEFT, _KEPT, "in time"), (_LEFT + 80, _BROKEN, "late")):
        yield f'<rect x="{left}" y="{at - 9}" width="10" height="10" fill="{colour}"/>'
        yield _text(left + 15, at, said, "start")
    left = _LEFT + 150
    yield f'<path d="M{left} {at - 4}h18" stroke="{_LINE}" stroke-width="1.5"/>'
    yield _text(left + 24, at, "days in which half of them ended", "start")


def _text(x: float, y: float, said: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{_INK}" text-anchor="{anchor}">'
        f"{html.escape(said)}</text>"
    )


def _round_up(most: float) -> float:
    """The next number that four lines share well; never nothing."""
    step = 1.0
    while True:
        for first in (4, 8, 12, 16, 20, 24, 32):
            if most <= first * step:
                return first * step
        step *= 10
