"""What a model must show to be ranked and to qualify. No library is loaded for it."""

THRESHOLD = 7.0
"""The quality from 1 to 10 that qualifies, unless configured otherwise."""

REQUIRED_RATINGS = 15
REQUIRED_RATERS = 3
