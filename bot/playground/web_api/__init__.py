"""Slack's Web API: one module for each family of methods, all found by the dispatcher."""
