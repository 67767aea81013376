"""What no single setting can know: that names exist, that a public address is protected.

Way:     settings -> [checks] -> load, which raises all findings at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from deskwatch.catalog import files as catalog
from deskwatch.config.document import KeyPath
from deskwatch.config.explain import suggestion
from deskwatch.config.settings import RouteSettings, Settings

Finding = tuple[KeyPath, str]


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield the key and what is wrong with it, for all that contradicts something else."""
    yield from _exposure(settings)
    yield from _scrape(settings)
    yield from _catalog(settings)
    yield from _receivers(settings)
    yield from _routes(settings)
    if settings.fallback_channel is not None:
        yield from _known(("fallback_channel",), "channel", settings.fallback_channel, settings.channels)


def _exposure(settings: Settings) -> Iterator[Finding]:
    if settings.listen.is_loopback:
        return
    missing = [name for name, value in (("tls", settings.tls), ("password", settings.password)) if value is None]
    if missing:
        unset = " and ".join(missing)
        yield ("listen",), f"a public address needs tls and password, {unset} is not set; was '{settings.listen}'"


def _scrape(settings: Settings) -> Iterator[Finding]:
    scrape = settings.scrape
    if scrape.timeout_ms > scrape.interval_ms:
        yield ("scrape", "timeout"), "must be at most scrape.interval"
    seen: set[tuple[str, str]] = set()
    for index, target in enumerate(scrape.targets):
        path: KeyPath = ("scrape", "targets", index)
        if (target.timeout_ms or scrape.timeout_ms) > (target.interval_ms or scrape.interval_ms):
            yield (*path, "timeout"), "must be at most the interval of the target"
        if (target.job, target.url) in seen:
            yield path, f"the target {target.url} of job {target.job!r} stands twice"
        seen.add((target.job, target.url))


def _catalog(settings: Settings) -> Iterator[Finding]:
    for index, name in enumerate(settings.rules.catalog):
        yield from _known(
            ("rules", "catalog", index), "rule file in the catalogue called", name, catalog.rule_file_names()
        )


def _receivers(settings: Settings) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, receiver in enumerate(settings.alerting.receivers):
        path: KeyPath = ("alerting", "receivers", index)
        if receiver.name in seen:
            yield (*path, "name"), f"the receiver {receiver.name!r} stands twice"
        seen.add(receiver.name)
        for place, channel in enumerate(receiver.channels):
            yield from _known((*path, "channels", place), "channel", channel, settings.channels)


def _routes(settings: Settings) -> Iterator[Finding]:
    root, path = settings.alerting.route, ("alerting", "route")
    if root.receiver is None:
        yield path, "receiver is missing; the first route must name one"
    if root.matchers:
        yield (*path, "matchers"), "the first route takes all alerts and may have no matchers"
    if root.continue_:
        yield (*path, "continue"), "the first route has no sibling to continue to"
    yield from _route(root, path, [receiver.name for receiver in settings.alerting.receivers])


def _route(route: RouteSettings, path: KeyPath, receivers: list[str]) -> Iterator[Finding]:
    if route.receiver is not None:
        yield from _known((*path, "receiver"), "receiver", route.receiver, receivers)
    for index, child in enumerate(route.routes):
        yield from _route(child, (*path, "routes", index), receivers)


def _known(path: KeyPath, what: str, name: str, known: Iterable[str]) -> Iterator[Finding]:
    names = list(known)
    if name not in names:
        yield path, f"there is no {what} {name!r}{suggestion(name, names)}"
