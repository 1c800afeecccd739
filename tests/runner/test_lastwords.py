"""What is quoted of a bot that failed."""

from __future__ import annotations

import pytest

from botyard.runner.lastwords import LastWords

TRACEBACK = """Traceback (most recent call last):
  File "main.py", line 3, in <module>
    work()
  File "main.py", line 2, in work
    raise ValueError("no such customer")
ValueError: no such customer
"""
CHAINED = f"""{TRACEBACK}
During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "main.py", line 5, in <module>
    raise shop.errors.Refused from None
shop.errors.Refused
"""
GROUP = """  + Exception Group Traceback (most recent call last):
  |   File "main.py", line 1, in <module>
  | ExceptionGroup: two (2 sub-exceptions)
"""
LONG = TRACEBACK.replace("no such customer\n", "(403)\nReason: Forbidden\nHTTP response body: no\n")
CASES = {
    "nothing": ("", ""),
    "blank": ("\n  \n", ""),
    "exception": (TRACEBACK, "ValueError: no such customer"),
    "chained": (CHAINED, "shop.errors.Refused"),
    "chatter after": (f"{TRACEBACK}INFO:automio:closing\nsome library says goodbye\n", "ValueError: no such customer"),
    "several lines": (LONG, "ValueError: (403)"),
    "handled long ago": (TRACEBACK + "tick\n" * 30 + "cannot go on\n", "cannot go on"),
    "chatter alone": ("INFO:automio.wrapper:GET /user\nDEBUG:x:y\n", ""),
    "chatter with a time": (
        "fatal: no disk\n2030-01-31 08:30:00,123 - INFO - closing\n[INFO] done\n",
        "fatal: no disk",
    ),
    "chatter with a name": ("2030-01-31 08:30:00,594 - automio.wrapper - INFO - Using HTTP at http://b/cache\n", ""),
    "failure with a time": (
        "2030-01-31 08:30:00 - shop - ERROR - no disk\n",
        "2030-01-31 08:30:00 - shop - ERROR - no disk",
    ),
    "exit with a reason": ("INFO:x:y\nno invoice to work on\n", "no invoice to work on"),
    "information": ("INFORMATION is missing\n", "INFORMATION is missing"),
    "group": (GROUP, "| ExceptionGroup: two (2 sub-exceptions)"),
    "no frame ends": ("Traceback (most recent call last):\n  File x\nINFO", "INFO"),
    "long": ("x" * 9999, "x" * 500),
}


@pytest.mark.parametrize(("written", "quoted"), CASES.values(), ids=CASES)
def test_it_is_what_ended_the_bot(written: str, quoted: str) -> None:
    words = LastWords()
    for line in written.split("\n"):
        words.hear(line)
    assert words.text == quoted
