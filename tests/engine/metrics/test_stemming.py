"""Stems, against NLTK's Porter stemmer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstudio.engine.metrics.stemming import stem

ENDINGS = (
    "", "s", "sses", "ies", "eed", "ed", "ied", "ing", "y", "ational", "logi", "alli", "fulli", "bli", "icate",
    "ness", "ement", "sion", "e", "ll", "ization",
)  # fmt: skip


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("caresses", "caress"), ("ponies", "poni"), ("dies", "die"), ("cats", "cat"), ("agreed", "agre"),
        ("plastered", "plaster"), ("hopping", "hop"), ("filing", "file"), ("happy", "happi"), ("sky", "sky"),
        ("relational", "relat"), ("generalizations", "gener"), ("controlling", "control"), ("Running", "run"),
        ("is", "is"), ("adoption", "adopt"), ("probate", "probat"), ("", ""),
    ],
)  # fmt: skip
def test_known_stems(word: str, wanted: str) -> None:
    assert stem(word) == wanted


@given(start=st.text("aeiouybcdlstwxz", max_size=7), middle=st.sampled_from(ENDINGS), end=st.sampled_from(ENDINGS))
def test_equals_nltk(start: str, middle: str, end: str) -> None:
    porter = pytest.importorskip("nltk.stem.porter").PorterStemmer()
    word = start + middle + end
    assert stem(word) == porter.stem(word)
