import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bot.core.telegram_text import escape, length, plain, split
from triage_bot.demo.bot_api_html import parse_html, utf16_length


@pytest.mark.parametrize(
    ("markup", "seen"),
    [
        pytest.param("<b>Anna</b> &amp; Jan", "Anna & Jan", id="tags vanish and entities are one character"),
        pytest.param('<a href="https://x.pl/?a=1&amp;b=2">link</a>', "link", id="a link counts as its words"),
        pytest.param("&lt;b&gt; &quot; &#8364; &#x20ac;", '<b> " € €', id="names and numbers are resolved"),
        pytest.param("&nbsp;&copy;", "&nbsp;&copy;", id="names that Telegram does not know are text"),
        pytest.param("Jan <jan@x.pl>", "Jan <jan@x.pl>", id="an address that was not escaped does not vanish"),
        pytest.param("<b>open", "open", id="an unclosed tag vanishes too"),
        pytest.param("1 < 2 & 3", "1 < 2 & 3", id="lone signs stay"),
    ],
)
def test_plain_is_what_a_person_reads(markup: str, seen: str) -> None:
    assert plain(markup) == seen
    assert length(markup) == utf16_length(seen)


def test_an_emoji_counts_as_two() -> None:
    assert length("👍") == 2


def test_escaped_text_reads_as_it_was() -> None:
    text = 'a < b > c & d "e" &amp;'
    assert parse_html(escape(text)).text == text
    assert plain(escape(text)) == text


def test_blocks_are_joined_up_to_the_limit_and_never_divided() -> None:
    assert split(["a" * 4, "b" * 4, "c" * 4], limit=10) == ["aaaa\n\nbbbb", "cccc"]


def test_tags_do_not_count_towards_the_limit() -> None:
    assert split(["<b>aaaa</b>", "<i>bbbb</i>"], limit=10) == ["<b>aaaa</b>\n\n<i>bbbb</i>"]


def test_empty_blocks_are_left_out() -> None:
    assert split(["", "a", "", "b"]) == ["a\n\nb"]
    assert split([]) == []


def test_a_block_too_long_alone_is_cut_at_a_line() -> None:
    assert split(["first line\nsecond\nthird"], limit=18) == ["first line\nsecond", "third"]


def test_a_block_without_lines_is_cut_at_a_word() -> None:
    assert split(["one two three four"], limit=10) == ["one two", "three four"]


def test_a_word_without_end_is_cut_where_it_must_be() -> None:
    assert split(["a" * 25], limit=10) == ["a" * 10, "a" * 10, "a" * 5]


def test_tags_open_at_the_cut_are_closed_and_opened_again() -> None:
    assert split(["<b>one <i>two three</i> four</b>"], limit=10) == [
        "<b>one <i>two</i></b>",
        "<b><i>three</i> four</b>",
    ]


_words = st.text(alphabet="ab żß👍\n<>&\"';", max_size=60)
_marked = st.builds(
    lambda tag, text, after: f"<{tag}>{escape(text)}</{tag}>{escape(after)}",
    st.sampled_from(["b", "i", "code", "blockquote", "tg-spoiler"]),
    _words,
    _words,
)


@given(st.lists(_marked, max_size=8), st.integers(min_value=8, max_value=80))
def test_every_piece_fits_is_well_formed_and_nothing_is_lost(blocks: list[str], limit: int) -> None:
    pieces = split(blocks, limit)
    assert all(utf16_length(parse_html(piece).text) <= limit for piece in pieces)
    assert "".join("".join(plain(piece) for piece in pieces).split()) == "".join("".join(map(plain, blocks)).split())
