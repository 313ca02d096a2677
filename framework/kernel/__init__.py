"""Time, ids, the journal and logging: what everything else stands on."""
