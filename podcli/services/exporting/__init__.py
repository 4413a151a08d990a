"""What was kept, written to files for other programs: gathered from the library, put down so that nothing is ever lost."""

from podcli.services.exporting.files import Action, Files, Written
from podcli.services.exporting.formats import FORMATS
from podcli.services.exporting.service import ExportService, Wish

__all__ = ["FORMATS", "Action", "ExportService", "Files", "Wish", "Written"]
