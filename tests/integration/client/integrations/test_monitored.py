from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from doc_blocks import doc_blocks, run_block


def test_the_page_runs_and_shows_what_it_promises(tmp_path: Path) -> None:
    (block,) = doc_blocks("docs/integrations/monitored.md")
    done = run_block(block, tmp_path)
    assert done.returncode == 0, done.stderr
    answer, _, exposition = done.stdout.partition("\n")
    assert answer == "BUY"
    ok = {
        sample.labels["function"]: sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
        if sample.name == "function_calls_total" and sample.labels["outcome"] == "ok"
    }
    assert ok == {"__main__.decide": 1, "load_prices": 1, "turn": 1, "risk check": 1}
