"""Join the stages: the only place that knows everyone.

Way:     settings -> [made] the parts that settings alone decide -> [monitor] all stages joined, started, stopped;
         [bot] follows the bot of `deskwatch run`, [tasks] keeps what runs running.
"""

from deskwatch.server.wiring.monitor import Monitor

__all__ = ["Monitor"]
