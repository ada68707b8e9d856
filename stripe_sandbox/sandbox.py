"""The parts of the sandbox, put together once and handed to everything that acts."""

from dataclasses import dataclass, field
from pathlib import Path

from .clock import Clock
from .errors import missing
from .faults import Faults
from .jsontypes import Json
from .recording import Recorder
from .store import Store
from .webhooks.delivery import Deliveries


@dataclass
class Sandbox:
    """One running double of Stripe."""

    store: Store
    clock: Clock
    deliveries: Deliveries
    recorder: Recorder
    merchant_name: str
    base_url: str = ""
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def open(
        cls,
        database: Path,
        *,
        record: Path | None = None,
        merchant_name: str = "Promptfair",
        retry_delays: tuple[float, ...] | None = None,
    ) -> "Sandbox":
        """Open the database and prepare everything but the HTTP server and the threads."""
        store = Store(database)
        recorder = Recorder(record)
        with store.transaction() as connection:  # an earlier process cannot finish what it had in flight
            connection.execute("DELETE FROM idempotency WHERE status IS NULL")
        deliveries = Deliveries(store, recorder)
        if retry_delays is not None:
            deliveries.retry_delays = retry_delays
        return cls(store, Clock(store), deliveries, recorder, merchant_name)

    def load(self, kind: str, object_id: str, *, label: str | None = None, param: str = "id") -> Json:
        """Return an object or raise Stripe's 404; `label` is the name its message uses."""
        found = self.store.get(kind, object_id)
        if found is None:
            raise missing(label or kind, object_id, param=param)
        return found
