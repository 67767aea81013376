"""What records for a library that the bot uses: a file each, loaded only when it is asked for.

Way:     the library's own hooks → [integrations] → the recorders of ``client.trading`` and ``client.service``.
"""
