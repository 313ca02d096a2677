"""Bitget as a local venue: REST and WebSocket of V2 and V3, for whoever speaks Bitget. It knows nothing of our adapter."""
