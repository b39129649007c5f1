"""The measures, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.classes import VOID
from engine.evaluation.metrics import (
    FeatureGaussian,
    copied_energies,
    count_confusion,
    frechet_distance,
    gradient_energy,
    log_spectrum,
    mean_iou,
    pixel_accuracy,
    spectrum_distance,
)


def ids(*rows: list[int]) -> np.ndarray:
    return np.array(rows, np.uint8)


def gaussian(vectors) -> FeatureGaussian:
    gathered = FeatureGaussian(np.shape(vectors)[1])
    gathered.add(np.asarray(vectors, np.float32))
    return gathered


def test_confusion_counts_by_class_wanted_and_found_and_leaves_void_out():
    wanted, found = ids([0, 0, 1], [1, 2, VOID]), ids([0, 1, 1], [1, 0, 2])
    assert count_confusion(wanted, found, 3).tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]


def test_mean_iou_averages_over_classes_that_are_wanted():
    # class 0: 1 of 1 + 1 missed + 1 false = 1/3; class 1: 2 of 2 + 1 false = 2/3; class 2: never hit; class 3: absent
    confusion = np.array([[1, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], np.int64)
    assert mean_iou(confusion) == pytest.approx((1 / 3 + 2 / 3 + 0) / 3)
    assert pixel_accuracy(confusion) == pytest.approx(3 / 5)


def test_nothing_to_compare_is_not_a_number():
    assert math.isnan(mean_iou(np.zeros((3, 3), np.int64)))
    assert math.isnan(pixel_accuracy(np.zeros((3, 3), np.int64)))


def test_layouts_of_two_shapes_and_foreign_ids_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        count_confusion(ids([0]), ids([0, 0]), 1)
    with pytest.raises(ValueError, match="outside the 2 classes"):
        count_confusion(ids([0, 1]), ids([0, 7]), 2)


def test_moments_gathered_in_parts_are_those_of_the_whole():
    vectors = np.random.default_rng(0).normal(3, 2, (50, 4))
    gathered = FeatureGaussian(4)
    gathered.add(vectors[:20])
    gathered.add(vectors[20:])
    mean, covariance = gathered.moments()
    assert np.allclose(mean, vectors.mean(0))
    assert np.allclose(covariance, np.cov(vectors.T))


def test_frechet_distance_of_two_lines_of_points_by_hand():
    # variances 2 and 8, means 1 and 3: (3 - 1)² + (√2 - √8)² = 4 + 2
    assert frechet_distance(gaussian([[0], [2]]), gaussian([[1], [5]])) == pytest.approx(6)


def test_frechet_distance_of_commuting_covariances_is_that_of_their_axes():
    rng = np.random.default_rng(1)
    one = rng.normal(0, 1, (4000, 2)) * [1, 2]
    other = rng.normal(0, 1, (4000, 2)) * [3, 2] + [1, 0]
    a, b = np.cov(one.T), np.cov(other.T)
    got = frechet_distance(gaussian(one), gaussian(other))
    values = np.linalg.eigvals(a @ b).real
    shift = one.mean(0) - other.mean(0)
    expected = shift @ shift + np.trace(a) + np.trace(b) - 2 * np.sqrt(values).sum()
    assert got == pytest.approx(expected, rel=1e-4)
    assert got == pytest.approx(frechet_distance(gaussian(other), gaussian(one)), rel=1e-4)


def test_frechet_distance_to_itself_is_zero_even_where_the_covariance_is_singular():
    one = gaussian([[1, 1, 0], [2, 2, 0], [3, 3, 0]])
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-9)


def test_one_vector_has_no_covariance():
    with pytest.raises(ValueError, match="two vectors"):
        gaussian([[1, 2]]).moments()


def test_a_wave_is_a_peak_at_its_frequency():
    x = np.arange(256)
    wave = np.round(128 + 60 * np.sin(2 * np.pi * 32 * x / 256)).astype(np.uint8)
    spectrum = log_spectrum(np.broadcast_to(wave[None, :, None], (256, 256, 3)))
    assert spectrum.shape == (256, 129)
    assert np.unravel_index(np.argmax(spectrum), spectrum.shape) == (0, 32)


def test_spectra_of_small_and_wide_pictures_have_one_shape():
    rng = np.random.default_rng(0)
    shapes = {log_spectrum(rng.integers(0, 256, (*s, 3), dtype=np.uint8)).shape for s in ((64, 96), (300, 500))}
    assert shapes == {(256, 129)}


def test_spectrum_distance_is_the_root_mean_square_and_grows_with_blur():
    assert spectrum_distance(np.zeros((2, 2)), np.array([[2.0, 0], [0, 0]])) == pytest.approx(1)
    sharp = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    soft = ((sharp.astype(int) + np.roll(sharp, 1, 1) + np.roll(sharp, 1, 0)) // 3).astype(np.uint8)
    assert spectrum_distance(log_spectrum(sharp), log_spectrum(soft)) > 0.5


def test_gradient_energy_by_hand():
    rgb = np.zeros((3, 3, 3), np.uint8)
    rgb[1, 1] = (255, 0, 51)  # to the left and above, to the right and below: 1 + 0.04 each
    everywhere = np.ones((3, 3), np.bool_)
    assert gradient_energy(rgb, everywhere) == pytest.approx(4 * 1.04)
    alone = np.zeros((3, 3), np.bool_)
    alone[1, 1] = True
    assert gradient_energy(rgb, alone) == pytest.approx(2 * 1.04)


def test_only_what_is_copied_around_counts():
    canvas = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    share = np.zeros((9, 9), np.uint8)
    share[2:7, 2:7] = 250
    image = canvas // 2
    image[share == 0] = 0
    image_energy, canvas_energy = copied_energies(image, canvas, share)
    assert 0.2 < image_energy / canvas_energy < 0.3
    spoiled = image.copy()
    spoiled[0:2] = 255
    assert copied_energies(spoiled, canvas, share) == (image_energy, canvas_energy)
    assert copied_energies(image, canvas, np.full((9, 9), 242, np.uint8)) == (0, 0)
