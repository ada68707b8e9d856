"""A whole site on a database of its own: web, worker, Stripe sandbox."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, connections

from listings.models import ListingStatus
from listings.search import search_row_refresh
from listings.templating import TemplateVariable
from marketplace.demo.seeding import catalogue
from tests.factories import CategoryFactory, ListingFactory, SellerProfileFactory, TargetModelFactory
from tests.support import database, processes
from tests.support.environment import prepare_environment


@contextmanager
def bench_site() -> Iterator[str]:
    """The address of a running site; all of it is gone afterwards."""
    slot = prepare_environment()
    database.make_test_database(slot)
    connection.close()
    connection.settings_dict["NAME"] = slot.database_name
    sandbox = processes.start_sandbox(slot)
    url = database.with_database(os.environ["DATABASE_URL"], slot.database_name)
    more = {"API_ANON_RATE": "1000000/s", "API_USER_RATE": "1000000/s", "LOG_LEVEL": "WARNING"}
    environ = processes.process_environment(slot, url, **processes.register_webhooks(slot), **more)
    running = [sandbox, processes.start_worker(slot, environ), processes.start_web(slot, environ)]
    try:
        yield slot.site_url
    finally:
        for process in reversed(running):
            process.stop()
        connections.close_all()
        database.drop_test_database(slot)


def catalogue_fill(count: int) -> None:
    """Publish `count` listings made from the demo's catalogue, by eight sellers."""
    seeds = catalogue.listings()
    sellers = SellerProfileFactory.create_batch(8)
    for number in range(count):
        seed = seeds[number % len(seeds)]
        listing = ListingFactory(
            seller=sellers[number % len(sellers)],
            status=ListingStatus.PUBLISHED,
            title=seed.data["title"],
            summary=seed.data["summary"],
            description=seed.data["description"],
            price_amount=seed.data["price_amount"],
            model=TargetModelFactory(slug=seed.data["model"]),
            category=CategoryFactory(slug=seed.category),
            text=seed.data["prompt"],
            variables=[TemplateVariable.from_dict(v).to_dict() for v in seed.data.get("variables", [])],
            examples=seed.data["examples"],
        )
        search_row_refresh(listing.pk)
