"""Expose what the recorders record under the names, labels and units of another system.

Way:     recorders → [dialect]: rows of catalog/dialects → registry.
"""

from deskwatch.client.dialect.children import in_unit
from deskwatch.client.dialect.view import DialectView, declarations

__all__ = ["DialectView", "declarations", "in_unit"]
