"""The contract kits."""
