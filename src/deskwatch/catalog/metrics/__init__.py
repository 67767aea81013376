"""The metrics of deskwatch, a module a domain; a recorder imports only those of its own."""
