"""The central order router: intents in, the fewest requests out, one gate."""
