from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import prometheus_client
import pytest

from deskwatch import MetricsExporter, TradingMetrics, default_registry
from deskwatch.client.metrics import Exporter
from deskwatch.client.metrics.push import PushOutcome
from pushgateway import pushgateway
from running_server import eventually


class CustomMetrics(MetricsExporter):
    """Written as the system crypto_quant writes its own."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(prefix="custom", port=port)
        self.hits = prometheus_client.Counter(self._make_name("my_counter_total"), "Mine.", registry=self.registry)


@pytest.fixture
def custom() -> Iterator[CustomMetrics]:
    custom = CustomMetrics()
    yield custom
    custom.close()


def read(exporter: Exporter) -> str:
    assert exporter.url is not None
    with urllib.request.urlopen(exporter.url, timeout=5) as answer:
        return bytes(answer.read()).decode()


def test_own_metrics_appear_with_all_others_of_the_process(custom: CustomMetrics) -> None:
    custom.hits.inc(3)
    default_registry().gauge("own_metrics_level", "Level.").set(4)
    text = read(custom.start_server())
    assert "\ncustom_my_counter_total 3.0\n" in text
    assert "\nown_metrics_level 4.0\n" in text
    assert "\npython_info{" in text


def test_they_appear_where_another_recorder_serves(custom: CustomMetrics) -> None:
    custom.hits.inc(3)
    exporter = TradingMetrics("s").start_server()
    assert "\ncustom_my_counter_total 3.0\n" in read(exporter)
    exporter.stop()


def test_two_with_one_port_share_the_server_until_both_have_stopped(custom: CustomMetrics) -> None:
    other = MetricsExporter("other")
    exporter = custom.start_server()
    assert custom.start_server() is exporter
    assert other.start_server() is exporter
    custom.stop_server()
    assert "custom_my_counter_total" in read(exporter)
    other.close()
    assert exporter.url is None


def test_a_closed_one_is_shown_no_more(custom: CustomMetrics) -> None:
    custom.close()
    assert b"custom_my_counter" not in default_registry().expose()


@pytest.mark.parametrize("prefix", ["1st", "a-b", "a b", None, 5])
def test_a_prefix_that_cannot_begin_a_name_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        MetricsExporter(prefix)


def test_names_are_joined_with_one_underscore() -> None:
    for prefix, name in (("a", "a_x_total"), ("a_", "a_x_total"), ("", "x_total")):
        exporter = MetricsExporter(prefix)
        assert exporter._make_name("x_total") == name
        exporter.close()


def test_a_push_without_a_target_is_said(custom: CustomMetrics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESKWATCH_URL", raising=False)
    assert custom.push().outcome is PushOutcome.NO_TARGET


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_pushing_every_nothing_is_refused(custom: CustomMetrics, seconds: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        custom.push_every(seconds)


@pytest.mark.real
def test_pushing_goes_on_in_the_background_and_once_more_at_the_end(
    custom: CustomMetrics, real_program: Callable[[str], str], tmp_path: Path
) -> None:
    with pushgateway(real_program("pushgateway"), tmp_path) as gateway:

        def pushed(job: str) -> float | None:
            found = [v for _, labels, v in gateway.samples("custom_my_counter_total") if labels["job"] == job]
            return found[0] if found else None

        custom.hits.inc()
        stop = custom.push_every(0.05, "often", url=gateway.url)
        eventually(lambda: pushed("often") == 1, "the first push")
        custom.hits.inc()
        eventually(lambda: pushed("often") == 2, "a later push")
        assert stop()
        custom.push_every(3600, "seldom", url=gateway.url)
        eventually(lambda: pushed("seldom") == 2, "the first push")
        custom.hits.inc()
        custom.close()
        assert pushed("seldom") == 3


def test_importing_it_starts_no_thread_and_loads_no_prometheus_client(tmp_path: Path) -> None:
    program = (
        "import sys, threading\n"
        "from deskwatch import MetricsExporter\n"
        "print(threading.active_count(), 'prometheus_client' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "1 False\n"
