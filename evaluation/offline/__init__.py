"""Offline evaluation: what a model is worth before it writes for anybody.

    topics ──▶ trials ──▶ (the command asks the models) ──▶ record ──▶ metrics ──▶ decision ──▶ Evaluation

Nothing in here talks to a model: `copydesk evaluate` does, and hands in what came back.
"""
