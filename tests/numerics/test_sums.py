"""Sums along the first axis, however the terms lie in memory."""

import math

import numpy as np
import pytest

from lossbook.numerics.sums import running_sums, sum_columns


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(10, 1000), (1, 400), (10, 3), (300, 300)])
def test_a_sum_of_columns_is_the_same_in_either_layout(shape, dtype):
    terms = np.random.default_rng(0).normal(size=shape[::-1]).astype(dtype).T
    exact = [math.fsum(column) for column in terms.T.tolist()]
    for laid in (terms, np.ascontiguousarray(terms)):
        rounding = np.finfo(dtype).eps * abs(terms).sum(axis=0)
        assert (abs(sum_columns(laid) - exact) <= 4 * rounding).all()
        assert sum_columns(laid).dtype == dtype


@pytest.mark.parametrize("order", ["C", "F"])
def test_single_precision_is_summed_in_double_where_that_is_asked_for(order):
    terms = np.array([[1.0], [2.0**-30], [-1.0]], np.float32).repeat(1000, axis=1).copy(order)
    np.testing.assert_array_equal(sum_columns(terms, np.float64), 2.0**-30)
    np.testing.assert_array_equal(sum_columns(terms), 0)


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_infinite_or_undefined_term_stays_in_its_column(order):
    terms = np.ones((3, 600)).copy(order)
    terms[1, 5], terms[2, 7] = np.inf, np.nan
    sums = sum_columns(terms)
    assert sums[5] == np.inf
    assert np.isnan(sums[7])
    np.testing.assert_array_equal(np.delete(sums, [5, 7]), 3)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("columns", [1, 400])
def test_running_sums_keep_what_the_rounding_takes_off_and_leave_their_terms_alone(columns, order):
    column = [1.0, 1e-20, -1.0, 3e-17, 0.1, -0.1, 1e-30]
    terms = np.array(column)[:, None].repeat(columns, axis=1).copy(order)
    rest = np.full_like(terms, 1e-25)
    sums, lost = running_sums(terms, rest)
    for n in range(len(column)):
        exact = math.fsum(column[: n + 1] + [1e-25] * (n + 1))
        np.testing.assert_allclose(sums[n] + lost[n], exact, rtol=1e-14, atol=0)
    np.testing.assert_array_equal(terms[:, 0], column)
    np.testing.assert_array_equal(rest, 1e-25)
