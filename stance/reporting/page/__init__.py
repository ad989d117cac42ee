"""The report: one self-contained page, with its tables and figures as files (extra ``report``: matplotlib, Jinja2)."""

from stance.reporting.page.request import ReportRequest
from stance.reporting.page.writing import write_report

__all__ = ["ReportRequest", "write_report"]
