"""Pictures of an offline evaluation, in the style of a report's.

    quality    heuristic quality with intervals and the required line
    latency    how long a text took, as boxes
    costs      cost against heuristic quality

`python -m evaluation.figures.offline FOLDER < evaluation.json` writes them in a process of its own.
"""
