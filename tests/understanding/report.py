"""How well replies are understood, by intent, and how much danger is seen: `make corpus`."""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator

from handlers.understanding import crisis
from tests.understanding.corpus import Reply, labelled, replies, taken_for

ROW = "{:<16}{:>7}{:>7}{:>7}{:>7}{:>9}"


def verdict(reply: Reply) -> str:
    """`right`, `asked` (the doubt is put to them once), or `wrong`."""
    said = taken_for(reply)
    return "right" if said == reply.expected else "asked" if said == "ask" else "wrong"


def by_intent() -> dict[str, Counter[str]]:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for reply in labelled():
        counted[reply.expected.partition(":")[0]][verdict(reply)] += 1
    return counted


def refusals_taken_for_coming() -> list[str]:
    return [reply.text for reply in labelled() if reply.expected == "cant" and taken_for(reply) == "coming"]


def missed_dangers() -> list[str]:
    return [reply.text for reply in replies() if reply.crisis != "-" and not crisis(reply.text)]


def false_alarms() -> tuple[list[str], int]:
    """Those raised, and of how many harmless replies that were written to sound like danger or like talk."""
    calm = [reply.text for reply in replies() if reply.crisis == "-" and reply.expected == "*"]
    return [text for text in calm if crisis(text)], len(calm)


def lines() -> Iterator[str]:
    counted = by_intent()
    yield ROW.format("intent", "all", "right", "asked", "wrong", "right")
    for intent, of in sorted(counted.items()):
        yield _line(intent, of)
    yield _line("every", sum(counted.values(), Counter()))
    yield f'"can\'t" read as "coming": {len(refusals_taken_for_coming())}'
    dangers = sum(reply.crisis != "-" for reply in replies())
    yield f"danger seen: {dangers - len(missed_dangers())} of {dangers}"
    raised, calm = false_alarms()
    yield f"false alarms: {len(raised)} of {calm} ({len(raised) / calm:.1%})"


def _line(intent: str, of: Counter[str]) -> str:
    total = of.total()
    return ROW.format(intent, total, of["right"], of["asked"], of["wrong"], f"{of['right'] / total:.1%}")


if __name__ == "__main__":
    sys.stdout.write("\n".join([*lines(), ""]))
