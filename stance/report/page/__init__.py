"""The report: one self-contained page, with its tables and figures as files (extra ``report``: matplotlib, Jinja2)."""

from stance.report.page.request import ReportRequest
from stance.report.page.writing import write_report

__all__ = ["ReportRequest", "write_report"]
