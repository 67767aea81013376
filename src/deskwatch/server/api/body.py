"""Read the body of a request, but no more of it than it may have."""

from __future__ import annotations

from starlette.requests import Request


class BodyTooLargeError(Exception):
    """The body is larger than it may be."""


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """Return the body.

    Raises:
        BodyTooLargeError: It has more than ``limit_bytes``; the rest was not read.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit_bytes:
            raise BodyTooLargeError
    return bytes(body)
