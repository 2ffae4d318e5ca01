"""What an address asks of a list of transcripts."""

from hypothesis import given
from hypothesis import strategies as st

from ui.transcript_query import ORDERS, STATUSES, TranscriptQuery

texts = st.text(max_size=50).map(str.strip)
queries = st.builds(
    TranscriptQuery,
    arm=st.text(max_size=50),
    status=st.sampled_from(["", *(status.lower() for status in STATUSES)]),
    error=st.text(max_size=50),
    scorer=st.text(max_size=50),
    verdict=st.sampled_from(["", "passed", "failed", "unscored"]),
    q=texts,
    order=st.sampled_from(["", *ORDERS]),
    dimensions=st.dictionaries(st.text(max_size=20), st.text(min_size=1, max_size=20), max_size=3),
)


@given(queries)
def test_an_address_brings_back_the_query_that_wrote_it(query: TranscriptQuery) -> None:
    written = {name: value for name, value in query.address().items() if value}
    assert TranscriptQuery.of(written) == query


def test_nothing_asked_for_is_no_filter_and_no_order() -> None:
    query = TranscriptQuery.of({"tab": "transcripts", "verdict": "maybe", "order": "random"})
    assert query == TranscriptQuery()
    assert query.variables() == {"filter": None, "order": None}
    assert not query.filtered


def test_every_part_reaches_the_api() -> None:
    params = {
        "arm": "large",
        "status": "succeeded",
        "error": "timeout",
        "scorer": "exact",
        "verdict": "failed",
        "d.language": "de",
        "q": " Lima ",
        "order": "slowest",
    }
    query = TranscriptQuery.of(params)
    assert query.filtered
    assert query.variables() == {
        "filter": {
            "armLabels": ["large"],
            "statuses": ["SUCCEEDED"],
            "errorCode": "timeout",
            "scorer": "exact",
            "passed": False,
            "dimensions": [{"name": "language", "level": "de"}],
            "search": "Lima",
        },
        "order": {"by": "LATENCY", "descending": True},
    }


def test_a_scorer_alone_asks_for_nothing() -> None:
    query = TranscriptQuery.of({"scorer": "exact"})
    assert query.variables()["filter"] is None
    assert not query.filtered
