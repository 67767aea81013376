"""Run promtool's unit tests of rules on the code that runs the rules live.

Way:     test file, rule files -> [ruletest]: series on a manual clock -> rules -> what differs from the expected.
Source:  https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
"""

from deskwatch.server.ruletest.notation import parse_series, parse_values
from deskwatch.server.ruletest.run import Difference, run_test_file

__all__ = ["Difference", "parse_series", "parse_values", "run_test_file"]
