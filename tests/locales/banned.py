"""What may stand in no message of a language beside what `locales/banned.toml` lists: abuse before they say it is safe, and
days without a date."""

import re

ABUSE = {
    "pl": ("przemoc", "znęca", "domow[aey] przemoc", "schronisk"),
    "gd": ("ainneart", "fòirneart", "droch-dhìol", "mì-ghnàth", "domestic"),
    "ar": ("عنف", "إساءة", "اعتداء", "ملجأ", "domestic", "خط المساعدة"),
}
RELATIVE = {
    "pl": (r"\bdziś", r"\bdzisiaj", r"\bjutro", r"\bwczoraj", r"\bpojutrze"),
    "gd": (r"\ban-diugh", r"\ba-màireach", r"\ban-dè", r"\ba-nochd"),
    "ar": ("اليوم", "غدا", "أمس", "الليلة", "بكرة"),
}
PROVIDERS_OWN = r"\b(CANCEL|END|QUIT|YES|HELP|INFO|UNSUBSCRIBE|REVOKE|OPTOUT)\b"


def found(words: tuple[str, ...], text: str) -> list[str]:
    return [word for word in words if re.search(word, text, re.IGNORECASE)]
