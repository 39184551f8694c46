"""What an import has to say about its files: faults, which stop it, and warnings, which do not."""

from dataclasses import dataclass

FILES = ("staff", "people", "orders", "placements", "sessions", "bookings", "hours", "packs")
"""The files that an import reads, in the order in which they refer to each other."""

SHOWN = 200  # faults or warnings of one file that are written out


@dataclass(frozen=True, slots=True)
class Finding:
    file: str
    line: int
    column: str
    text: str


class Findings:
    """Collects in any order, tells in the order of the files and their lines."""

    def __init__(self) -> None:
        self._faults: list[Finding] = []
        self._warnings: list[Finding] = []

    def fault(self, file: str, line: int, column: str, text: str) -> None:
        self._faults.append(Finding(file, line, column, text))

    def warn(self, file: str, line: int, column: str, text: str) -> None:
        self._warnings.append(Finding(file, line, column, f"warning: {text}"))

    def __bool__(self) -> bool:
        """Whether there is a fault, so that nothing may be written."""
        return bool(self._faults)

    def faults(self) -> list[str]:
        return _told(self._faults, "faults")

    def warnings(self) -> list[str]:
        return _told(self._warnings, "warnings")


def _told(findings: list[Finding], what: str) -> list[str]:
    """`people.csv:17: phone: "0770" is too short; write it like 07700 900123`, the first 200 of each file."""
    lines: list[str] = []
    for file in FILES:
        mine = sorted((f for f in findings if f.file == file), key=lambda f: f.line)
        lines += [f"{file}.csv:{f.line}: {f.column}: {f.text}" for f in mine[:SHOWN]]
        if len(mine) > SHOWN:
            lines.append(f"{file}.csv: and {len(mine) - SHOWN} more {what}")
    return lines
