"""Where texts can be written other than in this process."""
