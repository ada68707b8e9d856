"""What may stand in the log."""

import logging
import traceback
from collections.abc import Sequence


class Discreet(logging.Filter):
    """Leaves an exception's kind and place, but not its words, in what these loggers write.

    For libraries that log exceptions which quote the data they failed on.
    """

    def __init__(self, loggers: Sequence[str]) -> None:
        super().__init__()
        self.loggers = tuple(loggers)

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        if record.exc_info and record.name.partition(".")[0] in self.loggers:
            kind, _error, frames = record.exc_info
            where = "".join(traceback.format_tb(frames))
            record.msg = f"{record.getMessage()}: {kind.__name__ if kind else 'error'}\n{where}"
            record.args, record.exc_info, record.exc_text = (), None, None
        return True
