"""The composition root: what a run consists of is decided here, and modes differ here only."""
