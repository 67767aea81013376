"""How the tables came to be: one file a step, run by ``migrate``; never edited after a release."""
