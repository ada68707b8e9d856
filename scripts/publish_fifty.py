"""Give fifty drafts of an imported file two examples each, submit and publish them, all by the API.

    .venv/bin/python -m scripts.publish_fifty FILE.csv

For the demo (.local/demo.json), after `promptfair publish FILE.csv` as `seller2`. See docs/cli.md.
"""

import json
import sys
from pathlib import Path
from typing import Any

from marketplace.cli.api import Api
from marketplace.cli.files import entries_of
from marketplace.cli.kept import Access

COUNT = 50


def main(path: Path) -> None:
    demo = json.loads(Path(".local/demo.json").read_text(encoding="utf-8"))
    seller, moderator = (
        Api(Access(demo["url"], demo["users"][who]["token"])) for who in ("seller2", "moderator")
    )
    drafts = {row["slug"]: row for row in seller.each("seller/listings/", status="draft", page_size=100)}
    rows = [entry.row for entry in entries_of(path)]
    slugs = [
        result["listing"]
        for start in range(0, len(rows), 100)
        for result in seller.post("seller/listings/bulk/", {"listings": rows[start : start + 100]})["results"]
        if result["outcome"] == "unchanged" and result["listing"] in drafts
    ][:COUNT]
    changes = [{"slug": slug, **_completed(drafts[slug])} for slug in slugs]
    answer = seller.post("seller/listings/bulk/", {"listings": changes})
    print(f"{answer['updated']} given examples, {answer['refused']} refused")
    for slug in slugs:
        seller.post(f"listings/{slug}/submission/")
    waiting = {entry["slug"] for entry in moderator.each("moderation/", page_size=100)}
    print(f"{len(waiting & set(slugs))} of {len(waiting)} in the queue are these")
    decided = [
        moderator.post(f"moderation/{slug}/decision/", {"decision": "publish"})["status"] for slug in slugs
    ]
    print(f"{decided.count('published')} published")
    on_sale = [Api(Access(demo["url"])).get(f"listings/{slug}/") for slug in slugs]
    print(f"{sum(len(row['examples']) == 2 for row in on_sale)} seen on sale with two examples")


def _completed(draft: dict[str, Any]) -> dict[str, Any]:
    values = {variable["name"]: _value(variable) for variable in draft["version"]["variables"]}
    return {
        "summary": draft["title"][:160],
        "description": f"A ready prompt: {draft['title']}.",
        "examples": [{"values": values, "output_text": f"Answer {number} to it."} for number in (1, 2)],
    }


def _value(variable: dict[str, Any]) -> str:
    return variable["default"] or (variable["choices"] or ["something"])[0]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
