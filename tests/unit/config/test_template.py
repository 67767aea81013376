"""The file of ``deskwatch init`` and the table of the docs say what the code does."""

from __future__ import annotations

import yaml

from deskwatch.config import default_settings, loads, render_rules_example, render_template, settings_table


def test_the_template_loads_back_as_the_defaults(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "example.yaml").write_text(render_rules_example())
    settings = loads(render_template("momentum"), tmp_path / "deskwatch.yaml", {})
    assert [path.name for path in settings.rules.paths()] == ["example.yaml"]
    default = default_settings("momentum", tmp_path)
    assert settings.model_copy(update={"rules": default.rules}) == default
    assert settings.rules.model_copy(update={"files": ()}) == default.rules


def test_the_commented_settings_of_the_template_are_real(tmp_path):
    commented = [
        line.replace("# ", "", 1)
        for line in render_template().splitlines()
        if line.lstrip().startswith(("# tls", "# password"))
    ]
    assert len(commented) == 2
    known = {row.key for row in settings_table()}
    assert {"tls.cert_file", "tls.key_file", "password", "bot.metrics_url", "fallback_channel"} <= known


def test_every_setting_of_the_template_is_in_the_table():
    def keys(value: object, prefix: str = "") -> set[str]:
        if isinstance(value, dict):
            return {f"{prefix}{k}" for k in value} | {x for k, v in value.items() for x in keys(v, f"{prefix}{k}.")}
        return set()

    known = {row.key for row in settings_table()}
    written = keys(yaml.safe_load(render_template()))
    assert {key for key in written if not key.startswith("channels.")} <= known


def test_every_setting_is_explained():
    assert [row.key for row in settings_table() if not row.help] == []


def test_the_example_rules_are_a_rule_file():
    (group,) = yaml.safe_load(render_rules_example())["groups"]
    assert group["rules"][0]["alert"] == "MarketDataStopped"
