"""The command line: one file a command, each loading only what it needs when it is called.

Exit codes: 0 done, 1 failed, 2 a setting or option cannot be used, 3 another server holds the data directory,
            126/127 the bot's command cannot be run; ``run`` otherwise ends with the bot's own exit code.
"""

from deskwatch.cli.app import main

__all__ = ["main"]
