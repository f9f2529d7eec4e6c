"""A report as a page that stands alone: HTML with its figures inside, or Markdown beside them.

    sections    what a page says, in order: sentences, tables and figures
    html        one file, light and dark, for a phone as for a desk
    markdown    the same as text, for MLflow and for repositories

`python -m evaluation.pages --html FILE --markdown FILE < report.json` writes them in a process of its own.
"""
