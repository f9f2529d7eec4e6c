"""What the commands of `copydesk` do; bot/cli.py says how they are called."""
