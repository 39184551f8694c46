"""A row of the table, and how its two numbers are taken: in turn, several times, the medians."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

ROUNDS = 5
HEADINGS = ("what", "ours", "baseline", "ratio", "target", "met")


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    ours: str
    baseline: str
    ratio: str
    target: str
    met: bool

    @property
    def cells(self) -> tuple[str, ...]:
        return self.what, self.ours, self.baseline, self.ratio, self.target, "yes" if self.met else "no"


@dataclass(frozen=True, slots=True)
class Pair:
    """`ratio` is the median of each round's own ratio, so that a machine that slows down between rounds does not count."""

    ours: float
    baseline: float
    ratio: float


def paired(ours: Callable[[], float], baseline: Callable[[], float], rounds: int = ROUNDS) -> Pair:
    """Measures both in every round, each first in every other one, after one of each that does not count."""
    baseline(), ours()
    found: list[tuple[float, float]] = []
    for number in range(rounds):
        if number % 2:
            other = baseline()
            found.append((ours(), other))
        else:
            found.append((ours(), baseline()))
    return Pair(median(o for o, _ in found), median(b for _, b in found), median(o / b for o, b in found))


def at_least(what: str, pair: Pair, target: float, unit: str) -> Row:
    """A row of two rates, where more is better."""
    return Row(
        what, f"{pair.ours:,.0f} {unit}", f"{pair.baseline:,.0f} {unit}", f"{pair.ratio:.2f}", f"≥ {target:g}",
        pair.ratio >= target,
    )  # fmt: skip


def within(what: str, value: float, limit: float, unit: str) -> Row:
    """A row without a baseline, where less is better."""
    return Row(what, f"{value:,.1f} {unit}", "–", "–", f"≤ {limit:g} {unit}", value <= limit)


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
