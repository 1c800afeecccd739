"""`python -m botyard` is the same as `botyard`."""

from __future__ import annotations

from botyard.cli.main import main

if __name__ == "__main__":
    main()
