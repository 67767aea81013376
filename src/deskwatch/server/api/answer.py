"""The one shape of all answers: Prometheus's ``status``, ``data``, ``errorType``, ``error``."""

from __future__ import annotations

from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from deskwatch.errors import DeskwatchError, ParseError, QueryError, QueryReason

# https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview
_STATUS: Final = {
    QueryReason.BAD_DATA: 400,
    QueryReason.UNSUPPORTED: 400,
    QueryReason.EXECUTION: 422,
    QueryReason.TIMEOUT: 503,
}


def plain_json(value: object, status: int = 200) -> Response:
    """Return the value as JSON."""
    return Response(
        orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), status_code=status, media_type="application/json"
    )


def success(data: object) -> Response:
    """Return the data in Prometheus's envelope."""
    return plain_json({"status": "success", "data": data})


def failure(error_type: str, text: str, status: int) -> Response:
    """Return an error in Prometheus's envelope."""
    return plain_json({"status": "error", "errorType": error_type, "error": text}, status)


def of_error(_request: Request, error: Exception) -> Response:
    """Return the answer to an error that a route raised: reason and status by a closed table."""
    if isinstance(error, ParseError):
        return failure(QueryReason.BAD_DATA, f'invalid parameter "query": {error}', 400)
    if isinstance(error, QueryError):
        # To a client of Prometheus's API what is not supported is bad data, said by name.
        kind = QueryReason.BAD_DATA if error.reason is QueryReason.UNSUPPORTED else error.reason
        return failure(kind, str(error), _STATUS[error.reason])
    return failure("internal", str(error) if isinstance(error, DeskwatchError) else "internal error", 500)
