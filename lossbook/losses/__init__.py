"""The losses, one module for each family; no family knows another."""
