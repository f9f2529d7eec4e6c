"""Pictures of a report, each with its data and with what it shows in words.

    style      colours and sizes, light and dark
    card       what every figure stands on
    ranking    quality with intervals and the required line
    …          one figure a module

`python -m evaluation.figures < report.json > ranking.png` draws in a process of its own, so that the bot
never imports matplotlib.
"""
