"""Start a site of its own, fill it, measure, print a table and write JSON to .local/bench/."""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from tests.bench import dashboard, fulfilment, originality, searching, serving, spine  # noqa: E402
from tests.bench.site import bench_site, catalogue_fill  # noqa: E402
from tests.support.environment import CHECKOUT  # noqa: E402

PARTS = ("spine", "serving", "fulfilment", "originality", "search", "dashboard")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, []], help="what to measure; all, if none is named"
    )
    parser.add_argument("--listings", type=int, default=500, help="how large a catalogue to serve")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each page is asked for")
    parser.add_argument("--purchases", type=int, default=20, help="from paying to reading")
    parser.add_argument(
        "--old-orders", type=int, default=200_000, help="in the tables before fulfilment begins"
    )
    parser.add_argument("--batch", type=int, default=150, help="purchases of one round of fulfilment")
    parser.add_argument("--rounds", type=int, default=3, help="of fulfilment")
    parser.add_argument("--prints", type=int, default=100_000, help="submitted texts to find copies among")
    parser.add_argument("--searches", type=int, default=400, help="for near copies")
    parser.add_argument(
        "--catalogues", default="10000,1000000", help="sizes to search; built once and kept for the next run"
    )
    parser.add_argument("--sales", type=int, default=1_000_000, help="of the seller of the dashboard")
    parser.add_argument("--asks", type=int, default=100, help="for each page of the dashboard")
    parser.add_argument("--drop", action="store_true", help="the catalogues searched, afterwards")
    given = parser.parse_args()
    parts = given.parts or PARTS
    began = time.monotonic()
    figures: dict[str, Any] = {}
    if {"spine", "serving"}.intersection(parts):
        with bench_site() as site:
            catalogue_fill(given.listings)
            if "spine" in parts:
                figures["pay_to_text"] = spine.pay_to_text(site, given.purchases)
            if "serving" in parts:
                figures["serving"] = serving.ratios(site, given.seconds)
    if "fulfilment" in parts:
        figures["fulfilment"] = fulfilment.fulfilment(
            old_orders=given.old_orders, purchases=given.batch, rounds=given.rounds
        )
    if "originality" in parts:
        figures["originality"] = originality.originality(prints=given.prints, queries=given.searches)
    if "search" in parts:
        sizes = [int(size) for size in given.catalogues.split(",")]
        figures["search"] = searching.searching(sizes, keep=not given.drop)
    if "dashboard" in parts:
        figures["dashboard"] = dashboard.dashboard(
            sales=given.sales, listings=given.listings, asks=given.asks
        )
    figures["about"] = {
        "command": " ".join(sys.argv[1:]),
        "listings": given.listings,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "seconds": round(time.monotonic() - began, 1),
    }
    report(figures)
    return 0


def report(figures: dict[str, Any]) -> None:
    out = [""]
    if pay := figures.get("pay_to_text"):
        out += [
            f"pay → readable text in the library, {pay['purchases']} purchases: "
            f"median {pay['median_ms']} ms, slowest {pay['slowest_ms']} ms",
            "",
        ]
    if rows := figures.get("serving"):
        out += [
            f"{'':28}{'requests/s':>12}{'x bare view':>13}{'p99 ms':>9}",
            *(
                f"{name:28}{row['per_second']:>12}{row['ratio']:>13}{row['p99_ms']:>9}"
                for name, row in rows.items()
            ),
            "",
        ]
    if "fulfilment" in figures:
        out += fulfilment.report(figures["fulfilment"])
    if "originality" in figures:
        out += originality.report(figures["originality"])
    if "search" in figures:
        out += searching.report(figures["search"])
    if "dashboard" in figures:
        out += dashboard.report(figures["dashboard"])
    folder = CHECKOUT / ".local" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    file = Path(folder, time.strftime("%Y%m%d-%H%M%S.json"))
    file.write_text(json.dumps(figures, indent=2))
    sys.stdout.write("\n".join([*out, f"JSON: {file.relative_to(CHECKOUT)}", ""]))


if __name__ == "__main__":
    sys.exit(main())
