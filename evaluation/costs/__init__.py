"""What drafts cost: the energy of one, and the cost report of a period.

Here stands what is recorded with each draft; `report.build_cost_report`, `document.CostReport` and
`words.cost_sentences` are imported from their modules.
"""

from evaluation.costs.draft_energy import ENERGY, MEASURED_METHOD, CostLine, price_draft

__all__ = ["ENERGY", "MEASURED_METHOD", "CostLine", "price_draft"]
