"""The machine, read by deskwatch itself where no node_exporter runs."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_DEVICE: Final = ("device",)
_MOUNT: Final = ("mountpoint",)

CPU_USAGE: Final = Metric(
    "host_cpu_usage_ratio", "gauge", "CPU time in use since the scrape before, of all cores.", unit="ratio"
)
CPU_COUNT: Final = Metric("host_cpu_count", "gauge", "Logical cores.")
LOAD_1: Final = Metric("host_load1", "gauge", "Processes that run or wait to, mean of 1 minute.")
LOAD_5: Final = Metric("host_load5", "gauge", "Processes that run or wait to, mean of 5 minutes.")
LOAD_15: Final = Metric("host_load15", "gauge", "Processes that run or wait to, mean of 15 minutes.")
MEMORY_TOTAL: Final = Metric("host_memory_total_bytes", "gauge", "Memory of the machine.", unit="bytes")
MEMORY_USED: Final = Metric(
    "host_memory_used_bytes", "gauge", "Memory that programs could not get without swapping.", unit="bytes"
)
MEMORY_USAGE: Final = Metric("host_memory_usage_ratio", "gauge", "Memory used, of all.", unit="ratio")
SWAP_USED: Final = Metric("host_swap_used_bytes", "gauge", "Swap in use.", unit="bytes")
DISK_TOTAL: Final = Metric("host_disk_total_bytes", "gauge", "Size of the file system.", _MOUNT, unit="bytes")
DISK_USED: Final = Metric("host_disk_used_bytes", "gauge", "What files take of it.", _MOUNT, unit="bytes")
DISK_USAGE: Final = Metric(
    "host_disk_usage_ratio", "gauge", "Disk used, of what users may use, as df tells it.", _MOUNT, unit="ratio"
)
DISK_READ: Final = Metric("host_disk_read_bytes_total", "counter", "Read from disks.", unit="bytes")
DISK_WRITTEN: Final = Metric("host_disk_written_bytes_total", "counter", "Written to disks.", unit="bytes")
NETWORK_RECEIVED: Final = Metric("host_network_receive_bytes_total", "counter", "Received.", _DEVICE, unit="bytes")
NETWORK_SENT: Final = Metric("host_network_transmit_bytes_total", "counter", "Sent.", _DEVICE, unit="bytes")
NETWORK_ERRORS: Final = Metric(
    "host_network_errors_total", "counter", "Packets that were damaged or dropped, either way.", _DEVICE
)
