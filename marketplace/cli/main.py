"""`promptfair login | logout | search | library | render | publish`."""

import argparse
import getpass
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from marketplace.cli.api import Api
from marketplace.cli.kept import Access, Complaint, access_forget, access_keep, access_kept
from marketplace.cli.publishing import publish
from marketplace.cli.words import gettext as _

SORTS = ("relevance", "newest", "best_selling", "top_rated", "price_asc", "price_desc")
BROKEN_OFF = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did what was asked, 1 with the reason on stderr when not."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except Complaint as complaint:
        sys.stderr.write(f"promptfair: {complaint}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return BROKEN_OFF
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def login(options: argparse.Namespace) -> int:
    url = (options.url or access_kept().url).rstrip("/")
    if options.token_stdin:
        token = sys.stdin.readline().strip()
    else:
        print(_("Make a token at %(url)s and paste it here.") % {"url": f"{url}/account/tokens/"})
        token = getpass.getpass(_("Token: ")).strip()
    access = Access(url=url, token=token)
    me = Api(access).get("me/")
    path = access_keep(access)
    print(_("Logged in as %(name)s; the token is kept in %(path)s.") % {"name": me["handle"], "path": path})
    return 0


def logout(_options: argparse.Namespace) -> int:
    if access_forget():
        print(_("Forgotten here. Revoke the token on your account page if nobody else needs it."))
    else:
        print(_("You were not logged in."))
    return 0


def search(options: argparse.Namespace) -> int:
    page = Api(access_kept()).get(
        "listings/",
        q=" ".join(options.words),
        model=options.model,
        category=options.category,
        free=options.free,
        max_price=options.max_price,
        sort=options.sort,
        page_size=options.limit,
    )
    for row in page["results"]:
        mark = _("yours") if row["owned"] else _price(row["price_amount"])
        print(f"{row['slug']}  {mark}  {row['title']}")
    if not page["results"]:
        print(_("Nothing found."))
    return 0


def library(_options: argparse.Namespace) -> int:
    count = 0
    for row in Api(access_kept()).each("library/", page_size=100):
        print(f"{row['listing']['slug']}  v{row['version']['number']}  {row['listing']['title']}")
        count += 1
    if not count:
        print(_("Your library is empty. Find a prompt: promptfair search WORDS"))
    return 0


def render(options: argparse.Namespace) -> int:
    pairs = [value.partition("=") for value in options.values]
    if wrong := [name for name, equals, _value in pairs if not equals]:
        raise Complaint(_("Write blanks as NAME=VALUE; this is not: %(given)s") % {"given": wrong[0]})
    api = Api(access_kept())
    body: dict[str, object] = {"variables": {name: value for name, _equals, value in pairs}}
    if options.version:
        body["version"] = options.version
    rendered = api.post(f"library/{_item(api, options.prompt)}/render/", body)
    print(rendered["text"])
    return 0


def publish_files(options: argparse.Namespace) -> int:
    return publish(Api(access_kept()), Path(options.path), submit=options.submit)


def _item(api: Api, named: str) -> str:
    """The purchase's id, given so or by the listing's slug."""
    try:
        return str(UUID(named))
    except ValueError:
        pass
    for row in api.each("library/", page_size=100):
        if row["listing"]["slug"] == named:
            return str(row["id"])
    raise Complaint(_("You do not own %(slug)s. See: promptfair library") % {"slug": named})


def _price(cents: int) -> str:
    return f"${cents // 100}.{cents % 100:02}" if cents else _("free")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="promptfair", description=_("Promptfair from the command line."))
    commands = parser.add_subparsers(required=True, metavar=_("COMMAND"))

    def command(name: str, run: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help)
        made.set_defaults(command=run)
        return made

    entering = command("login", login, _("keep an API token for later commands"))
    entering.add_argument("--url", help=_("the site's address"))
    entering.add_argument("--token-stdin", action="store_true", help=_("read the token from standard input"))
    command("logout", logout, _("forget the token"))
    finding = command("search", search, _("search the catalogue"))
    finding.add_argument("words", nargs="*", metavar=_("WORDS"))
    finding.add_argument("--model", help=_("a model's slug"))
    finding.add_argument("--category", help=_("a category's slug"))
    finding.add_argument("--free", action="store_true", help=_("free prompts only"))
    finding.add_argument("--max-price", type=int, help=_("in cents"))
    finding.add_argument("--sort", choices=SORTS, help=_("the order"))
    finding.add_argument("--limit", type=int, default=20, help=_("how many, at most 100"))
    command("library", library, _("list what you own"))
    rendering = command("render", render, _("fill in the blanks of a prompt you own"))
    rendering.add_argument("prompt", metavar=_("PROMPT"), help=_("its slug, or the purchase's id"))
    rendering.add_argument("values", nargs="*", metavar=_("NAME=VALUE"))
    rendering.add_argument("--version", type=int, help=_("another version than the one bought"))
    publishing = command("publish", publish_files, _("bring in a folder or file of prompts as drafts"))
    publishing.add_argument("path", metavar=_("PATH"), help=_("a folder, a CSV or a JSON Lines file"))
    publishing.add_argument("--submit", action="store_true", help=_("submit them for review as well"))
    return parser
