from __future__ import annotations

import krippendorff
import numpy as np
import pytest

from stance.coding.alpha import krippendorff_alpha, unit_counts
from stance.errors import CodingError

LEVELS = ("nominal", "ordinal", "interval")


def random_table(rng):
    """A table of 2-6 coders, 5-40 units and 2-6 labels with up to half of the cells missing."""
    coders, units, labels = rng.integers(2, 7), rng.integers(5, 41), rng.integers(2, 7)
    truth = rng.integers(labels, size=units)
    noise = rng.integers(labels, size=(coders, units))
    codings = np.where(rng.random((coders, units)) < 0.6, truth, noise)
    codings[rng.random((coders, units)) < rng.uniform(0, 0.5)] = -1
    codings[:2, :2] = [[0, labels - 1], [0, labels - 1]]  # two labels are always in use, and compared
    return codings, int(labels)


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_equals_the_krippendorff_package_on_200_tables_with_missing_cells(level, rng):
    for _ in range(200):
        codings, labels = random_table(rng)
        theirs = krippendorff.alpha(np.where(codings < 0, np.nan, codings), level_of_measurement=level, value_domain=list(range(labels)))
        ours = krippendorff_alpha(codings, level, values=range(labels))
        assert ours == pytest.approx(theirs, abs=1e-9)


def test_four_units_by_hand():
    # coincidences: 0-0 twice, 1-1 twice, 0-1 and 1-0 twice each; D_o = 4/8, D_e = 2*4*4/(8*7): alpha = 1 - (1/2)/(4/7)
    assert krippendorff_alpha([[0, 1, 0, 1], [0, 1, 1, 0]], "nominal") == pytest.approx(1 - 0.5 / (4 / 7))


def test_numbers_of_labels_count_for_interval_only():
    codings = [[0, 1, 2, 0], [0, 2, 2, 1]]
    assert krippendorff_alpha(codings, "interval", values=[0, 1, 10]) != pytest.approx(krippendorff_alpha(codings, "interval"))
    assert krippendorff_alpha(codings, "ordinal", values=[0, 1, 10]) == krippendorff_alpha(codings, "ordinal")


def test_order_of_units_and_coders_changes_nothing(rng):
    codings, _ = random_table(rng)
    shuffled = codings[rng.permutation(len(codings))][:, rng.permutation(codings.shape[1])]
    assert krippendorff_alpha(shuffled, "ordinal") == pytest.approx(krippendorff_alpha(codings, "ordinal"), abs=1e-12)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(CodingError, match="no unit has codings of two coders"):
        krippendorff_alpha([[0, -1], [-1, 1]], "nominal")
    with pytest.raises(CodingError, match="all labels are equal, so alpha is undefined"):
        krippendorff_alpha([[1, 1], [1, 1]], "nominal")
    with pytest.raises(CodingError, match=r"code 2 has no label, for there are 2 \(codes 0 to 1\); give a value for each"):
        krippendorff_alpha([[0, 1, 2, 0, 1], [0, 1, 1, 0, 1]], "interval", values=[1, 2])
    with pytest.raises(CodingError, match="code 2 has no label"):
        unit_counts(np.array([[0, 2], [0, 1]]), labels=2)
