"""How a person deals with a site that fails: look at the message, wait a little, try again."""

import threading
import time
from collections import Counter
from collections.abc import Callable

import requests

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 4.0
TIMEOUT = (3, 20)  # seconds to connect, and to be answered


class GaveUp(Exception):
    """A buyer whose patience is over; the text says with what."""


class Refused(Exception):
    """The shop understood and said no; the text says with which words."""


class Errors:
    """What buyers saw go wrong, by kind, over all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def note(self, kind: str) -> None:
        with self._lock:
            self._counts[kind] += 1

    @property
    def counts(self) -> dict[str, int]:
        with self._lock:
            return dict(self._counts.most_common())


class Patience:
    """Repeats until `over_at` (of the monotonic clock). Raises GaveUp then."""

    def __init__(self, errors: Errors, over_at: float) -> None:
        self.errors = errors
        self.over_at = over_at

    def ask(self, send: Callable[[], requests.Response]) -> requests.Response:
        """The first answer that is not a failure of the site."""
        for pause in self.pauses():
            try:
                response = send()
            except requests.Timeout:
                self.errors.note("no answer in time")
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                self.errors.note("no connection")
            else:
                if response.status_code < 500 and response.status_code != 429:
                    return response
                self.errors.note(str(response.status_code))
            time.sleep(pause)
        raise GaveUp("the site does not answer")

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Look again and again, as a person reloads a page."""
        for pause in self.pauses():
            if condition():
                return
            time.sleep(pause)
        raise GaveUp(what)

    def pauses(self) -> "Pauses":
        return Pauses(self.over_at)


class Pauses:
    """Growing pauses, as long as patience lasts."""

    def __init__(self, over_at: float) -> None:
        self.over_at = over_at
        self.next = FIRST_PAUSE

    def __iter__(self) -> "Pauses":
        return self

    def __next__(self) -> float:
        if time.monotonic() > self.over_at:
            raise StopIteration
        pause, self.next = self.next, min(self.next * 1.5, LONGEST_PAUSE)
        return pause


def at_once(click: Callable[[], str | None], times: int) -> list[str]:
    """A double click: `times` requests in parallel. The answers that are one, each once.

    Threads of no pool: a pool would keep the program from ending while a buyer is still patient.
    """
    answers: list[str | None] = []
    failures: list[Exception] = []

    def one() -> None:
        try:
            answers.append(click())
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=one, daemon=True) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures and not answers:
        raise failures[0]
    return list(dict.fromkeys(answer for answer in answers if answer is not None))
