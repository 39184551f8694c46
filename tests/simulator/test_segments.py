import pytest

from simulator import segments


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        # 152 units, then an escape pair that does not fit in the last place of the first part.
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3),
        ("’" * 70, "UCS-2", 1),
        ("’" * 71, "UCS-2", 2),
        ("🙂" * 35, "UCS-2", 1),
        ("🙂" * 36, "UCS-2", 2),
        # 33 pairs fill 66 of 67 units, and no pair is split.
        ("🙂" * 67, "UCS-2", 3),
        ("àèìòù", "GSM-7", 1),
        ("ÀÈÌÒÙ", "UCS-2", 1),
    ],
)
def test_parts_are_counted_as_a_carrier_charges_them(text: str, encoding: str, parts: int) -> None:
    assert (segments.encoding(text), segments.count(text)) == (encoding, parts)
