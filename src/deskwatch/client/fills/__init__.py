"""Fills that are kept for ever, in SQLite or PostgreSQL, and brought in from elsewhere.

Way:     the ledger's entries → [fills]: archive → database; at the next start, and for the command line, back again.
"""

from deskwatch.client.fills.archive import FillArchive

__all__ = ["FillArchive"]
