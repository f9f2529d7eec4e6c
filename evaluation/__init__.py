"""Ratings, heuristics, statistics, costs and reports: everything Copydesk knows about drafts."""
