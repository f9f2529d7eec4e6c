"""What texts take from the mains: meters of several kinds, and the ledger that shares among texts."""
