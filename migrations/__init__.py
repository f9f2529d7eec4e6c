"""The history of the tables. `evaluation.revisions` applies it when Copydesk starts."""
