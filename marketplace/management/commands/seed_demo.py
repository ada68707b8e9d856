"""`manage.py seed_demo`: fill an empty demo with a catalogue worth looking at. Safe to repeat."""

import datetime
import sys
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from common import outbox
from listings.models import Listing
from listings.vocabulary import vocabulary_ensure
from marketplace.demo.seeding import catalogue, collections, offers, payouts, people, sales, troubles
from payments.models import Entitlement
from payments.services.rollups import days_roll


class Command(BaseCommand):
    help = "Fill the demo with people, listings, sales of the last 90 days, and reviews."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.USES_STRIPE_SANDBOX:
            raise CommandError("seed_demo makes sales in the Stripe sandbox: set STRIPE_API_BASE to it.")
        vocabulary_ensure()
        logins = people.people_ensure()
        plan = catalogue.plan()
        if not self._is_complete(plan):
            try:
                self._live_through(plan, logins["moderator"])
            finally:
                sales.clocks_right()
            self._settle()
        collections.collections_ensure()
        people.demo_file_write(logins)
        self.stdout.write(f"{Listing.objects.count()} listings, log-ins in .local/demo.json")

    def _is_complete(self, plan: catalogue.Plan) -> bool:
        slugs = {event.slug for event in plan.happenings if isinstance(event, catalogue.SeedListing)}
        sales_planned = sum(isinstance(event, catalogue.Sale) for event in plan.happenings)
        listings = Listing.objects.filter(slug__in=slugs)
        return (
            listings.count() == len(slugs)
            and Entitlement.objects.filter(listing__in=listings).count() >= sales_planned
        )

    def _live_through(self, plan: catalogue.Plan, moderator: User) -> None:
        """Day by day for 90 days: publish, sell, review, at times a dispute; on Mondays sellers are paid."""
        now = timezone.now()
        passed = now - datetime.timedelta(days=catalogue.DAYS + 7)
        for day, happenings in [*plan.by_day(), (0, [])]:
            moment = now - datetime.timedelta(days=day + 0.1 if happenings else 0)
            by_themselves = [
                *payouts.moments(passed, moment, now=now),
                *troubles.moments(passed, moment, now=now),
            ]
            for at, happens in sorted(by_themselves, key=itemgetter(0)):
                sales.clocks_move(at)
                happens()
            passed = moment
            sales.clocks_move(moment)
            for happening in happenings:
                self._happen(happening, moderator)
            if sys.stdout.isatty():
                self.stdout.write(f"\r  seeding: {day:2} days ago ", ending="")
                self.stdout.flush()

    def _happen(self, happening: catalogue.Happening, moderator: User) -> None:
        if isinstance(happening, catalogue.SeedListing):
            offers.listing_ensure(happening, moderator)
        elif isinstance(happening, catalogue.Sale):
            sales.sale_ensure(happening)
        else:
            sales.review_ensure(happening)

    def _settle(self) -> None:
        """What beat and the workers would have done meanwhile: count sales, release earnings, sum up days."""
        while waiting := outbox.waiting_message_ids():
            for message_id in waiting:
                outbox.message_deliver(message_id)
        payouts.earnings_become_available()
        days_roll()
