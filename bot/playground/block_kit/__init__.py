"""Block Kit as Slack accepts it: declarative models, checked before a message or view is kept."""
