"""The ground floor of numbers: limits, exact sums, softmax, sorting."""
