"""What a language still lacks, ready to be filled in: `python -m tests.locales.missing pl`, or without a name for all."""

import sys

from locales.catalog import DEFAULT, Catalogs, Entry
from tests.locales.test_lint import PERSON


def keys(locale: str) -> list[tuple[str, str]]:
    """Context and key, in the order of the English."""
    catalogs = Catalogs.load()
    return [
        (context, key)
        for context in PERSON
        for key in catalogs.entries[DEFAULT][context]
        if key not in catalogs.entries[locale][context]
    ]


def listed(locale: str) -> str:
    """As a .po file, with the English above each string."""
    english = Catalogs.load().entries[DEFAULT]
    return "\n".join(_blank(context, key, english[context][key]) for context, key in keys(locale))


def _blank(context: str, key: str, entry: Entry) -> str:
    tags = "".join(f"#. {tag}\n" for tag in sorted(entry.tags))
    text = entry.text.replace("\n", "\\n")
    return f'# {text}\n{tags}msgctxt "{context}"\nmsgid "{key}"\nmsgstr ""\n'


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(Catalogs.load().languages - {DEFAULT}):
        sys.stdout.write(f"# {name}: {len(keys(name))} missing\n{listed(name)}\n")
