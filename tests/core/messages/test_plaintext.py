"""What an HTML message says as text, and that no HTML makes this slow."""

from __future__ import annotations

import time

import pytest

from botyard.core.messages import text_of

PAGES = [
    ("", ""),
    ("just words", "just words"),
    ("<p>One</p>\n<p>two   words</p>", "One\n\ntwo words"),
    ("a<br>b<br/><br>c", "a\nb\n\nc"),
    ("<div>a</div><div>b</div>", "a\nb"),
    ("<ul><li>one<li>two</ul>done", "- one\n- two\n\ndone"),
    ("<table><tr><th>No</th><th>Sum</th></tr><tr><td>1</td><td>2</td></tr></table>", "No Sum\n1 2"),
    ("<pre>a\n  b</pre>", "a\n  b"),
    ("&lt;b&gt; &amp; &#8364; &#x20AC;&nbsp;x &unknown; &amp;amp;", "<b> & € € x &unknown; &amp;"),
    ("&#99999999999999999999;&#0;", "&#99999999999999999999;\ufffd"),
    ('<a href="https://a.example/?x=1&amp;y=2">Look <b>here</b></a>.', "Look here <https://a.example/?x=1&y=2>."),
    ("<a href='https://a.example'>https://a.example</a>", "https://a.example"),
    ("<a href=mailto:ann@a.example>ann@a.example</a>", "ann@a.example"),
    ("<a href='javascript:alert(1)'>x</a>", "x"),
    ('<img src="cid:1" alt="Our logo"> Hello', "Our logo Hello"),
    ("<title>T</title><style>p {}</style>a<script>if (a < b) '<p>'</script>b", "ab"),
    ('<p title="a > b">c</p>', "c"),
    ("1 < 2 and 3 > 2 <3", "1 < 2 and 3 > 2 <3"),
    ("a<!-- <p>no</p> -->b<!doctype html><?php no ?>c</>d", "abcd"),
    ("<P CLASS=x>Loud</P>", "Loud"),
]


@pytest.mark.parametrize(("page", "text"), PAGES, ids=[str(number) for number in range(len(PAGES))])
def test_a_page_is_read_as_a_browser_would_show_it(page: str, text: str) -> None:
    assert text_of(page) == f"{text}\n"


UNENDED = ["a <b", 'a <b x="', "a <b x='>", "a <!-- b", "a <script>b", "a <style>b</style", "a <!b"]


@pytest.mark.parametrize("page", UNENDED)
def test_what_never_ends_is_left_out(page: str) -> None:
    assert text_of(page) == "a\n"


NASTY = ["<", "<a ", '<a href="', "<a x='", "<a =   ", "<!--", "<!", "</", "<?", "<script>", "<script", "</script"]
NASTY += ["<style>a</style", "&", "&#", "&#9", "&#x", "&a", "<p>", "<li>", "<br>", "<pre>", "</pre>", " ", "\n", "\xa0"]
NASTY += ["<a href=http://x>", "<a href=http://x></a>", "<img alt=x>", "<td>", "=' ", '="']


def test_the_time_grows_with_the_length_alone() -> None:
    def seconds(piece: str, length: int, before: str = "") -> float:
        page = before + piece * (length // len(piece))
        begun = time.process_time()
        text_of(page)
        return time.process_time() - begun

    for piece in NASTY:
        for before in ("", "<a "):
            # Four times as long takes sixteen times as long where it is squared.
            assert seconds(piece, 256 * 1024, before) < 0.2 + 8 * seconds(piece, 64 * 1024, before), piece
