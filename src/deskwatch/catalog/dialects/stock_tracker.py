"""The metrics of a stock tracker on FastAPI, Celery, PostgreSQL and Redis, and who brings each.

Its names are the catalogue's own, so no row translates them. What the application cannot know comes from the exporters
of the ecosystem; where no node_exporter runs, deskwatch's own ``HostMetrics`` reads the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from deskwatch.catalog.metric import Metric
from deskwatch.catalog.metrics import business, cache, celery, database, host, http

ROWS: Final = ()
"""Nothing of the catalogue has another name here."""

Source = Literal["app", "host", "postgres_exporter", "redis_exporter", "node_exporter", "cadvisor"]


class Brought(NamedTuple):
    """Who brings which names."""

    source: Source
    names: tuple[str, ...]


def _app(*metrics: Metric) -> Brought:
    return Brought("app", tuple(metric.name for metric in metrics))


def _host(*metrics: Metric) -> Brought:
    return Brought("host", tuple(metric.name for metric in metrics))


def _postgres(*names: str) -> Brought:
    # https://github.com/prometheus-community/postgres_exporter, 0.11.1; pg_table_ by catalog/exporters/postgres_queries
    return Brought("postgres_exporter", names)


def _redis(*names: str) -> Brought:
    return Brought("redis_exporter", names)  # https://github.com/oliver006/redis_exporter, 1.45.0


def _node(*names: str) -> Brought:
    return Brought("node_exporter", names)  # https://github.com/prometheus/node_exporter, 1.5.0


def _cadvisor(*names: str) -> Brought:
    # From its documentation alone: https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md
    return Brought("cadvisor", names)


_HTTP: Final = {
    "http_requests_total by method endpoint status": (_app(http.REQUESTS),),
    "http_request_duration_seconds histogram (p50 p95 p99)": (_app(http.REQUEST_DURATION),),
    "http_requests_in_progress gauge": (_app(http.REQUESTS_IN_PROGRESS),),
    "http_errors_total by type": (_app(http.ERRORS),),
}
_DATABASE: Final = {
    "active connections": (
        _postgres("pg_stat_activity_count", "pg_stat_database_numbackends", "pg_settings_max_connections", "pg_up"),
        _app(database.CONNECTIONS_ACTIVE, database.CONNECTIONS_IDLE, database.CONNECTIONS_MAX),
    ),
    "query duration histogram": (_app(database.QUERY_DURATION),),
    "database and table size": (
        _postgres("pg_database_size_bytes", "pg_table_size_bytes", "pg_table_total_size_bytes"),
    ),
    "transactions": (
        _postgres("pg_stat_database_xact_commit", "pg_stat_database_xact_rollback"),
        _app(database.TRANSACTIONS),
    ),
    "locks and deadlocks": (_postgres("pg_locks_count", "pg_stat_database_deadlocks"),),
}
_CACHE: Final = {
    "memory": (_redis("redis_memory_used_bytes", "redis_memory_max_bytes", "redis_up"),),
    "connected clients": (_redis("redis_connected_clients", "redis_blocked_clients"),),
    "commands": (
        _redis("redis_commands_processed_total", "redis_commands_duration_seconds_total"),
        _app(cache.COMMANDS, cache.COMMAND_DURATION),
    ),
    "hit and miss ratio": (
        _redis("redis_keyspace_hits_total", "redis_keyspace_misses_total"),
        _app(cache.HITS, cache.MISSES),
    ),
    "evicted keys": (_redis("redis_evicted_keys_total", "redis_expired_keys_total"),),
}
_CELERY: Final = {
    "tasks by outcome": (_app(celery.TASKS, celery.TASK_FAILURES),),
    "task duration histogram": (_app(celery.TASK_DURATION),),
    "queue length by queue_name": (_app(celery.QUEUE_LENGTH),),
    "active tasks": (_app(celery.ACTIVE_TASKS),),
    "worker up": (_app(celery.WORKER_UP),),
}
_SYSTEM: Final = {
    "cpu percent": (_node("node_cpu_seconds_total"), _host(host.CPU_USAGE)),
    "memory bytes and percent": (
        _node("node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes"),
        _host(host.MEMORY_TOTAL, host.MEMORY_USED, host.MEMORY_USAGE),
    ),
    "disk percent": (_node("node_filesystem_size_bytes", "node_filesystem_avail_bytes"), _host(host.DISK_USAGE)),
    "network I/O": (
        _node("node_network_receive_bytes_total", "node_network_transmit_bytes_total"),
        _host(host.NETWORK_RECEIVED, host.NETWORK_SENT),
    ),
    "load average": (_node("node_load1", "node_load5", "node_load15"), _host(host.LOAD_1, host.LOAD_5, host.LOAD_15)),
}
_BUSINESS: Final = {
    "products tracked by tenant": (_app(business.PRODUCTS_TRACKED),),
    "sync operations by platform and outcome": (_app(business.SYNC_OPERATIONS),),
    "sync duration histogram": (_app(business.SYNC_DURATION),),
    "external API errors by platform": (_app(business.EXTERNAL_API_ERRORS),),
    "Google Sheets operations": (_app(business.GOOGLE_SHEETS_OPERATIONS),),
}
_CONTAINERS: Final = {
    "CPU": (_cadvisor("container_cpu_usage_seconds_total"),),
    "memory": (_cadvisor("container_memory_usage_bytes", "container_memory_working_set_bytes"),),
    "network and disk per container": (
        _cadvisor(
            "container_network_receive_bytes_total",
            "container_network_transmit_bytes_total",
            "container_fs_usage_bytes",
            "container_fs_reads_bytes_total",
            "container_fs_writes_bytes_total",
        ),
    ),
    "lifecycle": (_cadvisor("container_start_time_seconds", "container_last_seen"),),
}

ITEMS: Final[Mapping[str, Mapping[str, tuple[Brought, ...]]]] = {
    "http": _HTTP,
    "database": _DATABASE,
    "cache": _CACHE,
    "celery": _CELERY,
    "system": _SYSTEM,
    "business": _BUSINESS,
    "containers": _CONTAINERS,
}
"""Each item of the system's file, by its section, in the file's own words."""
