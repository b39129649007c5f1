"""Tests of what scenes are made from: families, noise, terrain, composition, camera, meshes, placement."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from engine.data.landscapes.camera import Camera
from engine.data.landscapes.colours import draw_colours, linear
from engine.data.landscapes.composition import GOOD_SCORE, score_composition, sketch
from engine.data.landscapes.families import FAMILIES, draw_parameters
from engine.data.landscapes.labels import ID
from engine.data.landscapes.mesh import MeshBuilder, icosphere
from engine.data.landscapes.noise import fractal_noise, gradient_noise, gradient_noise_slope, lerp, smoothstep
from engine.data.landscapes.parameters import CameraParameters, Track
from engine.data.landscapes.placement import place_fences, place_things
from engine.data.landscapes.species import SPECIES, species_mesh
from engine.data.landscapes.terrain import Terrain
from engine.geometry import Size

FINENESS = 0.2


def terrain_of(scene):
    return Terrain(scene, draw_colours(scene.biome, np.random.default_rng(1)), fineness=FINENESS)


def test_there_are_at_least_ten_families_and_they_take_turns():
    assert len(FAMILIES) >= 10
    assert Counter(draw_parameters(seed).family for seed in range(len(FAMILIES))) == Counter(list(FAMILIES))


def test_a_seed_draws_the_same_scene_again_and_another_attempt_another():
    assert draw_parameters(7) == draw_parameters(7)
    assert draw_parameters(7) != draw_parameters(7, attempt=1)
    assert draw_parameters(7).family == draw_parameters(7, attempt=1).family


def test_suns_skies_heights_and_lenses_vary():
    scenes = [draw_parameters(seed) for seed in range(140)]
    suns = [scene.light.sun_elevation_deg for scene in scenes]
    assert min(suns) < 6 and max(suns) > 45
    assert {scene.light.sky for scene in scenes} >= {"clear", "few", "cumulus", "broken", "cirrus", "overcast"}
    assert max(scene.camera.height_m for scene in scenes) > 60 > 3 > min(scene.camera.height_m for scene in scenes)
    assert max(scene.camera.fov_deg for scene in scenes) - min(scene.camera.fov_deg for scene in scenes) > 25
    assert {scene.biome for scene in scenes} >= {"temperate", "alpine", "autumn", "winter", "desert", "canyon"}


def test_smoothstep_and_lerp_have_the_values_worked_by_hand():
    assert [float(smoothstep(0, 2, x)) for x in (-1, 1, 3)] == [0, 0.5, 1]
    assert float(smoothstep(2, 0, 0.5)) == pytest.approx(0.84375)
    assert lerp(2, 6, 0.25) == 3


def test_noise_is_zero_on_the_grid_and_its_slope_is_its_derivative():
    corner = np.arange(5, dtype=np.float32)
    assert np.allclose(gradient_noise(corner, corner, 3), 0, atol=1e-6)
    x, y, step = np.array([1.3, 2.7]), np.array([0.4, 5.2]), 1e-2
    _, slope_x, _ = gradient_noise_slope(x, y, 3)
    numeric = (gradient_noise(x + step, y, 3) - gradient_noise(x - step, y, 3)) / (2 * step)
    assert np.allclose(slope_x, numeric, atol=5e-3)


def test_noise_shorter_than_the_detail_fades_out():
    x = np.linspace(0, 100, 200).astype(np.float32)
    coarse = fractal_noise(x, x * 0.3, 10.0, 4, detail_m=np.full_like(x, 50.0))
    assert not coarse.any()


def test_linear_colours_are_those_of_srgb():
    assert linear(255, 0, 188) == pytest.approx([1, 0, 0.5029], abs=1e-3)


def test_the_camera_sees_the_horizon_where_it_was_aimed():
    size = Size(200, 100)
    camera = Camera.aimed(CameraParameters(2, 60, 0.3), size)
    azimuth, elevation = camera.directions()
    middle = elevation[:, 100]
    assert np.flatnonzero(middle < 0)[0] == pytest.approx(30, abs=1)
    assert math.degrees(azimuth[int(100 * 0.3), -1] - azimuth[int(100 * 0.3), 0]) == pytest.approx(60, abs=3)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_land_of_every_family_lies_below_its_camera(family):
    scene = draw_parameters(list(FAMILIES).index(family))
    terrain = terrain_of(scene)
    assert np.isfinite(terrain.height_m).all() and np.isfinite(terrain.ground.colours).all()
    assert terrain.height_m[0].max() < terrain.camera_z_m
    assert terrain.ground.class_ids.min() >= 0
    assert np.all(np.diff(terrain.horizon, axis=0) >= 0)


def test_a_field_of_the_terrain_is_read_where_it_was_written():
    terrain = terrain_of(draw_parameters(1))
    i, j = 30, 20
    x, y = terrain.x[i, j : j + 1], terrain.y[i, j : j + 1]
    assert terrain.at(terrain.height_m, x, y) == pytest.approx(terrain.height_m[i, j], abs=0.05)
    assert terrain.at(terrain.ground.class_ids, x, y)[0] == terrain.ground.class_ids[i, j]


def test_land_behind_a_shore_lies_above_the_water():
    terrain = terrain_of(draw_parameters(list(FAMILIES).index("sea_cliff")))
    assert terrain.height_m[terrain.land_m > 8].min() > 0
    assert terrain.height_m[terrain.land_m < -8].max() < 0


def test_nothing_stands_on_the_road_or_in_a_house():
    track = Track(2.5, 0, 200, 5, paved=True, fenced=True)
    scene = replace(draw_parameters(5), track=track, houses=6)
    terrain = terrain_of(scene)
    things = place_things(scene, terrain, np.random.default_rng(0))
    assert {thing.class_key for thing in things} >= {"tree", "building"}
    places = np.array([thing.location for thing in things], np.float32)
    on_road = terrain.at(terrain.track_m, places[:, 0], places[:, 1]) < track.half_width_m
    assert not on_road.any()
    assert all(fence.x.shape == fence.z.shape for fence in place_fences(scene, terrain, np.random.default_rng(0)))


def test_a_sketch_shows_sky_over_land():
    scene = draw_parameters(1)
    class_ids, shading, skyline = sketch(scene, terrain_of(scene))
    assert np.all(class_ids[0] == ID["sky"]) or scene.mountains is not None
    assert np.all(class_ids[-1] != ID["sky"])
    assert shading.min() >= 0 and shading.max() <= 1
    assert skyline.shape == (class_ids.shape[1],)


def test_a_level_plain_of_one_class_is_dull_and_a_lively_valley_is_not():
    plain = np.full((48, 96), ID["sand"], np.uint8)
    plain[:24] = ID["sky"]
    level = np.full(96, 24.0, np.float32)
    assert score_composition(plain, np.full(plain.shape, 0.6, np.float32), level) < GOOD_SCORE
    valley = plain.copy()
    rows, columns = np.mgrid[:48, :96]
    valley[(rows < 24) & (rows > 24 - columns / 6)] = ID["mountain"]
    valley[(rows > 30) & (columns > 40)] = ID["water"]
    valley[(rows > 36) & (columns < 40)] = ID["grass"]
    shading = np.where(columns % 20 < 10, 0.9, 0.3).astype(np.float32)
    assert score_composition(valley, shading, (valley == ID["sky"]).sum(0).astype(np.float32)) > GOOD_SCORE


def test_an_icosphere_has_euler_characteristic_two_and_unit_radius():
    vertices, faces = icosphere(2)
    assert len(vertices) - 3 * len(faces) // 2 + len(faces) == 2
    assert np.allclose(np.linalg.norm(vertices, axis=1), 1, atol=1e-5)


def test_parts_of_a_mesh_keep_their_own_vertices():
    builder = MeshBuilder()
    builder.box([0, 0, 0], [2, 2, 2], 0)
    builder.add([[5, 0, 0], [6, 0, 0], [5, 1, 0]], [[0, 1, 2]], 1)
    mesh = builder.build()
    assert mesh.vertices.shape == (11, 3)
    assert mesh.faces[-1].tolist() == [8, 9, 10, -1]
    assert mesh.slots.tolist() == [0] * 6 + [1]


@pytest.mark.parametrize(
    "key", ["conifer0_far", "broadleaf0_far", "umbrella0_far", "bush0", "rock0", "house0", "turf0"]
)
def test_species_are_sound_meshes_and_built_once(key):
    mesh = species_mesh(key)
    assert key in SPECIES
    assert mesh is species_mesh(key)
    assert np.isfinite(mesh.vertices).all()
    assert mesh.faces[:, :3].min() >= 0 and mesh.faces.max() < len(mesh.vertices)
    assert len(mesh.slots) == len(mesh.faces) and len(mesh.colours) == len(mesh.vertices)
