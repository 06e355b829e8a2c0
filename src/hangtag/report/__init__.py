"""The report: one HTML file that shows what a run made of a catalog.

``figures`` counts, ``sheets`` finds the photos, ``page`` puts both into ``page.html.j2``.
"""

from hangtag.report.page import write_report

__all__ = ["write_report"]
