"""Evaluate recording and alerting rules as Prometheus does.

Way:     promql -> [rules] -> alerting.  Takes vectors, gives recorded series and alerts to an AlertSink.
Source:  https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/ and …/alerting_rules/
"""

from deskwatch.server.rules.alerting import AlertingRule, Seen
from deskwatch.server.rules.asking import instant_query
from deskwatch.server.rules.files import RuleGroup, load_rule_file, parse_rule_file
from deskwatch.server.rules.manager import AlertSink, InstantQuery, RuleManager
from deskwatch.server.rules.recording import RecordingRule
from deskwatch.server.rules.template import Expander

__all__ = [
    "AlertSink",
    "AlertingRule",
    "Expander",
    "InstantQuery",
    "RecordingRule",
    "RuleGroup",
    "RuleManager",
    "Seen",
    "instant_query",
    "load_rule_file",
    "parse_rule_file",
]
