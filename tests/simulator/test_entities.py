import pytest

from simulator import entities


@pytest.mark.parametrize(
    ("source", "mode", "text", "marks"),
    [
        ("plain <b>", "", "plain <b>", []),
        ("<b>Hi</b> there", "HTML", "Hi there", [("bold", 0, 2)]),
        ("🙂 <i>ok</i>", "HTML", "🙂 ok", [("italic", 3, 2)]),
        ("a &lt;b&gt; &amp; c & d", "HTML", "a <b> & c & d", []),
        ("  <b> x </b>  ", "HTML", "x", [("bold", 0, 1)]),
        ('<a href="https://a.org/?b=1&amp;c">map</a>', "HTML", "map", [("text_link", 0, 3)]),
        ("<b>one <i>two</i></b>", "HTML", "one two", [("bold", 0, 7), ("italic", 4, 3)]),
        ("*Hi* _there_", "MarkdownV2", "Hi there", [("bold", 0, 2), ("italic", 3, 5)]),
        ("__u__ ~s~ ||p||", "MarkdownV2", "u s p", [("underline", 0, 1), ("strikethrough", 2, 1), ("spoiler", 4, 1)]),
        (r"9\.30 \(am\)", "MarkdownV2", "9.30 (am)", []),
        (r"[map](https://a\.org)", "MarkdownV2", "map", [("text_link", 0, 3)]),
        ("`a.b` ok", "MarkdownV2", "a.b ok", [("code", 0, 3)]),
        ("/go to https://a.org/x.", "", "/go to https://a.org/x.", [("bot_command", 0, 3), ("url", 7, 15)]),
    ],
)  # fmt: skip
def test_formatted_text_is_read(source: str, mode: str, text: str, marks: list[tuple[str, int, int]]) -> None:
    visible, found = entities.parse(source, mode)
    assert (visible, [(e["type"], e["offset"], e["length"]) for e in found]) == (text, marks)


@pytest.mark.parametrize(
    ("source", "mode", "words"),
    [
        ("a <b>b", "HTML", 'Can\'t find end tag corresponding to start tag "b"'),
        ("é<p>b</p>", "HTML", 'Unsupported start tag "p" at byte offset 2'),
        ("<b>b</i>", "HTML", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("b</i>", "HTML", "Unexpected end tag at byte offset 1"),
        ("1 < 2", "HTML", "Unclosed start tag at byte offset 2"),
        ("<span>x</span>", "HTML", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("9.30", "MarkdownV2", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("a *b", "MarkdownV2", "Can't find end of Bold entity at byte offset 2"),
        ("`b", "MarkdownV2", "Can't find end of Code entity at byte offset 0"),
        ("[b] c", "MarkdownV2", "Can't find end of a URL at byte offset 2"),
    ],
)
def test_broken_formatting_is_refused_in_telegrams_words(source: str, mode: str, words: str) -> None:
    with pytest.raises(entities.EntityError) as refused:
        entities.parse(source, mode)
    assert str(refused.value) == words


def test_an_unknown_parse_mode_is_refused() -> None:
    with pytest.raises(LookupError):
        entities.parse("x", "bbcode")
