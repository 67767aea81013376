"""``python -m deskwatch``."""

from deskwatch.cli import main

main()
