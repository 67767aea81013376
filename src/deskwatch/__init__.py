"""deskwatch watches trading systems."""
