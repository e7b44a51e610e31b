import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import normalized_mutual_info_score

from tdsep.errors import ParameterError
from tdsep.topics.agreement import agreement


def test_perfect_clusters():
    found = agreement(np.array([2, 2, 0, 0, 1]), ["a", "a", "b", "b", "c"], 3)
    assert found.purity == found.nmi == 1
    assert found.labels == ("a", "b", "c")
    assert found.order.tolist() == [2, 0, 1]
    np.testing.assert_array_equal(found.counts[:, found.order], np.diag([2, 2, 1]))


def test_shuffled_clusters_know_nothing(rng):
    labels = np.repeat([*"abcd"], 1000)
    found = agreement(rng.permutation(np.arange(4000) % 4), labels.tolist(), 4)
    assert found.nmi < 0.01
    assert found.purity == pytest.approx(0.25, abs=0.05)


def test_one_cluster_for_all():
    found = agreement(np.zeros(4, int), ["a", "a", "a", "b"], 2)
    assert (found.nmi, found.purity) == (0, 0.75)


labelled = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4)), min_size=2)


@given(labelled)
def test_by_its_definition(pairs):
    labels, clusters = zip(*pairs, strict=True)
    found = agreement(np.array(clusters), labels, 5)
    if len(set(labels)) < 2:
        assert found is None
        return
    assert found.counts.sum() == len(pairs)
    assert sorted(found.order) == [0, 1, 2, 3, 4]
    assert found.nmi == pytest.approx(normalized_mutual_info_score(labels, clusters))
    largest = [max(pairs.count((label, k)) for label in "abc") for k in range(5)]
    assert found.purity == pytest.approx(sum(largest) / len(pairs))


def test_only_what_has_a_label_and_a_cluster_is_compared():
    found = agreement(np.array([0, 1, -1, 0]), ["a", "b", "a", None], 2)
    assert found.n_documents == 2
    assert found.nmi == 1


def test_more_labels_than_clusters():
    found = agreement(np.array([0, 1, 1, 1]), ["a", "b", "c", "d"], 2)
    assert sorted(found.order) == [0, 1]
    assert found.purity == 0.5


def test_nothing_to_compare():
    assert agreement(np.array([0, 1]), [None, None], 2) is None
    assert agreement(np.array([0, 1]), ["a", "a"], 2) is None
    with pytest.raises(ParameterError, match="1 labels of 2"):
        agreement(np.array([0, 1]), ["a"], 2)
