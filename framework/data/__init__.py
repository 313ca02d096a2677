"""Tapes and candles: recorded market data as events."""
