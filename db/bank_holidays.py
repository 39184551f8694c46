"""Scotland's public holidays, from the library that knows them.

Its own way to a country goes through the modules of all the world, which takes 8 MiB and a twentieth of a second; the one
of the United Kingdom needs none of the others.
"""

from datetime import date
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import holidays

UNITED_KINGDOM = Path(holidays.__file__).parent / "countries" / "united_kingdom.py"


def is_one(day: date) -> bool:
    return day in _scottish()


@cache
def _scottish() -> Any:
    spec = spec_from_file_location("holidays.countries.united_kingdom", UNITED_KINGDOM)
    if spec is None or spec.loader is None:
        raise ImportError(f"{UNITED_KINGDOM} is no module")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.UnitedKingdom(subdiv="SCT")
