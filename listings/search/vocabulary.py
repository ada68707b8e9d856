"""The vocabulary, counted from what search rows have changed.

A row's transaction only notes its change; counting them here, in batches and by one process at a time, keeps
common words from being a lock that all sellers wait for. The vocabulary may lag by a sweep.
"""

from collections import Counter
from collections.abc import Iterable

from django.db import connection, transaction

from listings.models import SearchChange, SearchLexeme, SearchWord
from listings.search.spelling import deletions
from listings.search.text import MAX_TOKEN_LENGTH, fold

BATCH = 500
_LOCK = 7_201_115
_COUNT = """
    INSERT INTO listings_searchlexeme (lexeme, documents)
    SELECT * FROM unnest(%s::text[], %s::int[])
    ON CONFLICT (lexeme) DO UPDATE SET documents = listings_searchlexeme.documents + excluded.documents"""
# Words whose lexemes were counted anew: the most frequent lexeme says how common a word is, to a tenth.
# Exactly would cost a write to every index of the word each time.
_RECOUNT = """
    UPDATE listings_searchword SET documents = counted.documents
    FROM (
        SELECT word.word, coalesce(max(lexeme.documents), 0) AS documents
        FROM listings_searchword AS word
        LEFT JOIN listings_searchlexeme AS lexeme ON lexeme.lexeme = ANY (word.lexemes)
        WHERE word.lexemes && %s GROUP BY word.word
    ) AS counted
    WHERE counted.word = listings_searchword.word
        AND abs(counted.documents - listings_searchword.documents) > listings_searchword.documents * 0.1"""
_STEMS = """
    SELECT word, (ts_lexize('promptfair_english_stem', word))[1],
        (ts_lexize('promptfair_french_stem', word))[1]
    FROM unnest(%s::text[]) AS word"""


def vocabulary_count(batch: int = BATCH) -> int:
    """Count one batch of changes into the vocabulary. Returns how many; 0 also while another process counts.

    Each change is counted once: it is deleted in the same transaction.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        changes = list(SearchChange.objects.order_by("pk")[:batch])
        if not changes:
            return 0
        counts = _counts(changes)
        words_add(word for change in changes for word in change.words)
        cursor.execute(_COUNT, [list(counts), list(counts.values())])
        cursor.execute(_RECOUNT, [list(counts)])
        SearchLexeme.objects.filter(lexeme__in=list(counts), documents__lte=0).delete()
        SearchChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
    return len(changes)


def words_add(shown: Iterable[str]) -> None:
    """Add the words that the vocabulary misses, counted in no document yet."""
    by_word = {fold(word)[:MAX_TOKEN_LENGTH]: word[:MAX_TOKEN_LENGTH] for word in shown}
    known = SearchWord.objects.filter(word__in=list(by_word)).values_list("word", flat=True)
    missing = sorted(set(by_word) - set(known))
    with connection.cursor() as cursor:
        cursor.execute(_STEMS, [missing])
        stems = cursor.fetchall()
    SearchWord.objects.bulk_create(
        [
            SearchWord(
                word=word,
                shown=by_word[word],
                lexemes=[word, english or word, french or word],
                documents=0,
                deletions=deletions(word),
            )
            for word, english, french in stems
        ],
        ignore_conflicts=True,
        batch_size=2000,
    )


def _counts(changes: Iterable[SearchChange]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for change in changes:
        counts.update(change.added)
        counts.subtract(change.removed)
    return {lexeme: counts[lexeme] for lexeme in sorted(counts) if counts[lexeme]}
