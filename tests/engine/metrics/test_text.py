"""BLEU, chrF and ROUGE against sacrebleu and rouge-score; and the edges."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.engine.metrics import text

sacrebleu = pytest.importorskip("sacrebleu")
rouge_scorer = pytest.importorskip("rouge_score.rouge_scorer")

PIECES = (
    "the cat", "sat", "sat", "on 3.5", "the", "mat.", "U.S.A.", "12-13", "don't", "&quot;", "“quote”", "-\nline",
    "a,b", "1,000", "running", "runs", "ponies", "naïve", "中文", "\n", "<skipped>", "I'm", "/path", "{x}", "é",
)  # fmt: skip
sentences = st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join) | st.text(max_size=30)
pairs = st.lists(st.tuples(sentences, sentences), min_size=1, max_size=6)


@settings(max_examples=80, deadline=None)
@given(pairs)
def test_bleu_equals_sacrebleu(rows: list[tuple[str, str]]) -> None:
    answers, references = map(list, zip(*rows, strict=True))
    wanted = sacrebleu.corpus_bleu(answers, [references]).score
    assert text.bleu(answers, references) == pytest.approx(wanted, abs=1e-6)


@settings(max_examples=80, deadline=None)
@given(pairs)
def test_chrf_equals_sacrebleu(rows: list[tuple[str, str]]) -> None:
    answers, references = map(list, zip(*rows, strict=True))
    wanted = sacrebleu.corpus_chrf(answers, [references]).score
    assert text.chrf(answers, references) == pytest.approx(wanted, abs=1e-6)


@settings(max_examples=80, deadline=None)
@given(answer=sentences, reference=sentences, stemming=st.booleans())
def test_rouge_equals_rouge_score(answer: str, reference: str, stemming: bool) -> None:
    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=stemming)
    wanted = scorer.score(reference, answer)
    found = text.rouge(answer, reference, stemming=stemming)
    for ours, theirs in (("rouge_1", "rouge1"), ("rouge_2", "rouge2"), ("rouge_l", "rougeL")):
        one, other = found[ours], wanted[theirs]
        pair = (other.precision, other.recall, other.fmeasure)
        assert (one.precision, one.recall, one.f) == pytest.approx(pair, abs=1e-6)


@given(st.text(PIECES[0], max_size=40), st.text(PIECES[0], max_size=40))
def test_the_longest_common_subsequence_is_that_of_the_plain_table(left: str, right: str) -> None:
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, one in enumerate(left):
        for j, other in enumerate(right):
            table[i + 1][j + 1] = table[i][j] + 1 if one == other else max(table[i][j + 1], table[i + 1][j])
    assert text.longest_common(left, right) == table[-1][-1]


def test_means_over_rows() -> None:
    found = text.rouge_means(["the cat", "a dog"], ["the cat", "one bird"])
    assert found == {"rouge_1": 0.5, "rouge_2": 0.5, "rouge_l": 0.5}


def test_empty_texts_and_no_rows() -> None:
    assert text.bleu(["a b c d"], [""]) == text.bleu([""], ["a"]) == 0.0
    assert text.chrf([""], [""]) == text.chrf(["a"], [""]) == 0.0
    assert text.rouge("", "a b")["rouge_2"] == text.Rouge(0.0, 0.0, 0.0)
    nothing = [text.bleu([], []), text.chrf([], []), text.exact_match([], []), *text.rouge_means([], []).values()]
    assert all(math.isnan(figure) for figure in nothing)


def test_exact_match_forgives_case_and_spaces_unless_strict() -> None:
    answers, references = [" Paris ", "Rome", "The  end"], ["paris", "Rom", "The end"]
    assert text.exact_match(answers, references) == pytest.approx(2 / 3)
    assert text.exact_match(answers, references, strict=True) == 0.0
