"""The metrics that ship, by domain, as plain values."""
