"""The calls of other systems' own monitoring modules, so that a bot changes only its import.

Way:     a call with that system's names and units → [dialects] → the client's recorders, which speak its dialect.
"""
