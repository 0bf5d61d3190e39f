"""Exits 0 when ``GET URL`` is answered with 200 within three seconds: for health checks."""

from __future__ import annotations

import sys
import urllib.request
from urllib.error import URLError


def main() -> int:
    """The exit code."""
    try:
        with urllib.request.urlopen(sys.argv[1], timeout=3) as answer:
            return int(answer.status != 200)
    except (URLError, OSError, IndexError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
