"""The product: one folder per concept, synchronous operations on a transaction, no HTTP."""
