from __future__ import annotations

import time

import pytest

from botyard.core.errors import fingerprint

PYTHON = """Traceback (most recent call last):
   File "/tmp/a1/bot.py", line 12, in main
    book(invoice)
   File "/tmp/a1/books.py", line 40, in book
    raise ValueError("no VAT")
 ValueError: no VAT
"""
JAVASCRIPT = """TypeError: x is undefined
    at book (/tmp/a1/books.js:40:12)
    at main (/tmp/a1/bot.js:12:3)
"""
JAVA = """java.lang.IllegalStateException: x
\tat com.acme.Books.book(Books.java:40)
\tat com.acme.Bot.main(Bot.java:12)
"""
DOTNET = """System.Exception: x
   at Acme.Books.Book(Invoice invoice) in C:\\build\\Books.cs:line 40
   at Acme.Bot.Main(String[] args) in C:\\build\\Bot.cs:line 12
"""


@pytest.mark.parametrize(
    ("stack", "place"),
    [
        (PYTHON, "books.py: book"),
        (JAVASCRIPT, "books.js: book"),
        (JAVA, "Books.java: com.acme.Books.book"),
        (DOTNET, "Books.cs: Acme.Books.Book"),
    ],
)
def test_neither_lines_nor_folders_make_another_fault(stack: str, place: str) -> None:
    moved = stack.replace("40", "57").replace("/tmp/a1/", "/srv/b2/").replace("C:\\build\\", "D:\\x\\")
    first = fingerprint("ValueError", "invoice 7", stack)
    assert first == fingerprint("ValueError", "invoice 8", moved)
    assert first.place == place


@pytest.mark.parametrize("stack", [PYTHON, JAVASCRIPT, JAVA, DOTNET])
def test_another_function_or_type_is_another_fault(stack: str) -> None:
    same = fingerprint("ValueError", "m", stack)
    renamed = stack.replace("in book", "in pay").replace("at book", "at pay").replace("ooks.", "ay.")
    assert fingerprint("ValueError", "m", renamed) != same
    assert fingerprint("KeyError", "m", stack).fingerprint != same.fingerprint


def test_without_a_stack_the_message_counts_without_its_values() -> None:
    first = fingerprint("E", "Order 4711 of 'Ann' (id 9f8e7d6c-1a2b) is 12.50 late", None)
    assert first == fingerprint("E", "Order 15 of 'Bob' (id 00aa11bb-9c9c) is 1.5 late", "")
    assert first != fingerprint("E", "Order 4711 of 'Ann' is early", None)
    assert first.place == ""


@pytest.mark.parametrize(
    "text", ["'" * 400_000, "at " + " " * 400_000, "at x(\n" * 60_000, 'File "' * 60_000, "a" * 400_000, "\n" * 400_000]
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    fingerprint("E", text, text)
    assert time.process_time() - began < 10  # quadratic ones take minutes
