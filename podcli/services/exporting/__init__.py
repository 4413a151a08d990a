"""What was kept, for other programs: written to files, or sent to accounts, so that nothing is ever lost or there twice."""

from podcli.accounts.tokens import TITLES
from podcli.services.exporting.files import Files, Written
from podcli.services.exporting.formats import FORMATS
from podcli.services.exporting.sent import DONE, Sent
from podcli.services.exporting.service import ExportService, Wish

__all__ = ["DONE", "FORMATS", "SERVICES", "TITLES", "ExportService", "Files", "Sent", "Wish", "Written"]

SERVICES = tuple(TITLES)
"""Kinds that can be sent to an account."""
