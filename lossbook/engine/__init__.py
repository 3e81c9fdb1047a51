"""What is the same for all losses: reading arguments, blocks, reduction, and the chain to the reduced value."""
