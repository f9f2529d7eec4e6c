"""One statistic per file. Each takes plain numbers and returns a frozen result."""
