"""What was measured, as a table for people and as JSON lines for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from json import dumps
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Measured:
    """One figure: medians over `n` pairs, the value's extremes, and value / baseline_value.

    `ratio` is the median of the pairs' ratios, which is not the ratio of the medians.
    """

    name: str
    value: float
    unit: str
    baseline_value: float
    ratio: float
    min: float
    max: float
    n: int

    @classmethod
    def of(
        cls, name: str, unit: str, values: Sequence[float], baselines: Sequence[float]
    ) -> Measured:
        """Sum up pairs of a value and what it is held against."""
        ratios = [value / other for value, other in zip(values, baselines, strict=True)]
        return cls(
            name=name,
            value=round(median(values), 2),
            unit=unit,
            baseline_value=round(median(baselines), 2),
            ratio=round(median(ratios), 3),
            min=round(min(values), 2),
            max=round(max(values), 2),
            n=len(values),
        )

    def line(self) -> str:
        """The figure as one line of JSON."""
        return dumps(asdict(self))


def show(figures: Sequence[Measured]) -> None:
    """Print the table, then the JSON lines."""
    table = Table("benchmark", "median", "min", "max", "against", "ratio", "pairs", "unit")
    for figure in figures:
        table.add_row(
            figure.name,
            *(f"{value:,.1f}" for value in (figure.value, figure.min, figure.max)),
            f"{figure.baseline_value:,.1f}",
            f"{figure.ratio:.2f}x",
            str(figure.n),
            figure.unit,
        )
    Console(width=130).print(table)
    for figure in figures:
        print(figure.line())
