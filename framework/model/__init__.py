"""The words: money, instruments, events, intents, orders, errors. Nothing here does anything."""
