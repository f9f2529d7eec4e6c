"""A local Slack: one server and one page that stand in for the real thing on this machine.

An unmodified bolt app connects to it when its Web API base address points here. The package
knows Slack's wire only; it imports nothing else of this project and nothing imports it but the
command line, the supervisor (as a child process) and tests.
"""
