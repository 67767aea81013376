"""Puts the commands together and turns errors into words and exit codes."""

from __future__ import annotations

import sys
from importlib.metadata import version

from deskwatch.errors import CommandError, ConfigError, DeskwatchError, MissingExtraError, StorageError, StorageReason

EXIT_FAILED = 1
EXIT_UNUSABLE_SETTING = 2
EXIT_LOCKED = 3  # reliability A9: a second server is refused with exit 3


def main() -> None:
    """Run the command that the arguments name."""
    try:
        from cyclopts import App
    except ImportError:
        sys.exit(f"deskwatch: {MissingExtraError('server', 'the command line')}")

    app = App(
        name="deskwatch",
        help="Watch trading systems: run a bot, see it, be paged, have it stopped safely.",
        version=version("deskwatch"),
        help_format="markdown",
        help_epilogue="Try: `deskwatch demo`, then `deskwatch run -- python my_bot.py`.",
    )
    from deskwatch.cli.check import rules as check_rules
    from deskwatch.cli.demo import demo
    from deskwatch.cli.fills_export import export_fills
    from deskwatch.cli.fills_import import import_fills
    from deskwatch.cli.guard import reset, status
    from deskwatch.cli.guard_tighten import halt, reduce
    from deskwatch.cli.init import init
    from deskwatch.cli.query import query
    from deskwatch.cli.rule_tests import rules as test_rules
    from deskwatch.cli.run import run
    from deskwatch.cli.up import up

    for command in (run, up, init, demo, query):
        app.command(command)
    guard = App(name="guard", help="Show, tighten or open the guards of a bot.")
    guard.command(status)
    guard.command(halt)
    guard.command(reduce)
    guard.command(reset)
    app.command(guard)
    fills = App(name="fills", help="Bring fills in from other programs, and give them to others.")
    fills.command(import_fills, name="import")
    fills.command(export_fills, name="export")
    app.command(fills)
    check = App(name="check", help="Say what is wrong with a file before it is loaded.")
    check.command(check_rules, name="rules")
    app.command(check)
    test = App(name="test", help="Run the unit tests of rules.")
    test.command(test_rules, name="rules")
    app.command(test)
    try:
        sys.exit(app(result_action="return_value"))
    except DeskwatchError as error:
        print(f"deskwatch: {error}", file=sys.stderr)
        sys.exit(exit_code(error))


def exit_code(error: DeskwatchError) -> int:
    """Return the exit code that says what kind of error it was."""
    if isinstance(error, CommandError):
        return error.exit_status
    if isinstance(error, (ConfigError, MissingExtraError)):
        return EXIT_UNUSABLE_SETTING
    if isinstance(error, StorageError) and error.reason is StorageReason.LOCKED:
        return EXIT_LOCKED
    return EXIT_FAILED
