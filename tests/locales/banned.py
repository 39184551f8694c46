"""What may stand in no message of a language: what the person is on, who sent it and, before they say it is safe, abuse."""

import re

ORDER = {
    "pl": (
        "prac[aeyę] społeczn", "prac[aeyę] na cele", "nieodpłatn", "odpracow", "sąd", "sędzi", "kurator", "wyrok",
        "skaza[nń]",
        "przestępst", "przestępc", "wykrocze", r"kar[aęy]\b", "karn[aey]", "nakaz", "sprawiedliwoś", "opiek[aię] społeczn",
        "pracownik socjaln", "probacj", r"więzie", "prokurat",
        "naruszeni", "zakład karny", "szeryf",
    ),
    "gd": (
        "cùirt", r"chùirt", "siorram", "shiorram", "eucoir", "eucor", "binn", "òrdugh", "òrduigh", "pàigheadh", "phàigheadh",
        "gun phàigh", "ceartas", "cheartais", "sòisealta", "shòisealta", "peanas", "pheanais", "briseadh", "probhaidh",
        r"dìtea?dh", "ciont", "prìosan", "phrìosan", "coimhearsnachd",
    ),
    "ar": (
        "خدمة المجتمع", "خدمه المجتمع", "خدمة مجتمع", "عمل غير مدفوع", "بدون أجر", "محكمة", "محكمه", "قاض", "القضاء", "حكم",
        "عقوبة", "عقوبه", "جريمة", "جريمه", "مجرم", "مدان", "إدانة", "ادانة", "مراقبة", "مراقب السلوك", "عدالة",
        "العدل", "الخدمة الاجتماعية", "اجتماعي", "مخالفة", "انتهاك", "سجن", "أمر قضائي", "شرطة",
    ),
}  # fmt: skip
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
