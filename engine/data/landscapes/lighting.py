"""What lights a scene and looks at it: the sky as world, the sun, shadows of clouds, the camera."""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np

from engine.data.landscapes import sky as sky_window
from engine.data.landscapes.blender import NodeBuilder, make_mesh
from engine.data.landscapes.camera import Camera
from engine.data.landscapes.clouds import CloudLayer
from engine.data.landscapes.mesh import MeshBuilder
from engine.data.landscapes.parameters import SceneParameters
from engine.data.landscapes.sky import Sky

_SHADOW_HEIGHT_M = 2600.0
_SHADOW_REACH_M = 3e4
_BRIGHTEST = 30.0


def add_world(bpy: Any, scene: SceneParameters, sky: Sky) -> None:
    """Light the scene by the sky's picture, and by the ground's reflection from below the horizon."""
    picture = bpy.data.images.new("sky", sky_window.WIDTH, sky_window.HEIGHT, float_buffer=True, alpha=False)
    picture.colorspace_settings.name = "Linear Rec.709"
    opaque = np.ones((sky_window.HEIGHT, sky_window.WIDTH, 1), np.float32)
    pixels = np.concatenate([np.minimum(sky.radiance, _BRIGHTEST), opaque], -1)
    picture.pixels.foreach_set(np.ascontiguousarray(pixels, np.float32).reshape(-1))
    picture.update()
    world = bpy.data.worlds.new("sky")
    bpy.context.scene.world = world
    nodes = NodeBuilder(bpy, world.node_tree)
    direction = nodes.add("ShaderNodeSeparateXYZ", {0: nodes.add("ShaderNodeTexCoord").outputs["Generated"]})
    degrees = 180 / math.pi
    azimuth = nodes.math("ARCTAN2", direction.outputs[0], direction.outputs[1])
    elevation = nodes.math("MULTIPLY", nodes.math("ARCSINE", direction.outputs[2]), degrees)
    u = nodes.math("MULTIPLY_ADD", azimuth, degrees / (2 * sky_window.AZIMUTH_LIMIT_DEG), 0.5)
    limit, share = sky_window.LINEAR_LIMIT_DEG, sky_window.LINEAR_SHARE
    low = nodes.math("MINIMUM", nodes.math("MAXIMUM", elevation, 0.15), limit)
    high = nodes.math("MAXIMUM", nodes.math("SUBTRACT", elevation, limit), 0.0)
    v = nodes.math(
        "ADD", nodes.math("MULTIPLY", low, share / limit), nodes.math("MULTIPLY", high, (1 - share) / (90 - limit))
    )
    place = nodes.add("ShaderNodeCombineXYZ", {0: u, 1: v}).outputs[0]
    texture = nodes.add("ShaderNodeTexImage", {0: place}, image=picture, extension="MIRROR", interpolation="Linear")
    sunlight = sky.clear.sun_rgb * math.sin(math.radians(scene.light.sun_elevation_deg))
    albedo = 0.7 if scene.biome == "winter" else 0.16
    below = nodes.math("LESS_THAN", direction.outputs[2], -0.002)
    colour = nodes.mix(below, texture.outputs[0], (sky.clear.sky_rgb + sunlight) / math.pi * albedo)
    world.node_tree.links.new(colour, world.node_tree.nodes["Background"].inputs[0])
    world.cycles.sampling_method = "MANUAL"
    world.cycles.sample_map_resolution = 128


def add_sun(bpy: Any, scene: SceneParameters, sky: Sky) -> None:
    """Add the sun; behind a closed cover it is weak and soft."""
    irradiance = sky.clear.sun_rgb * (0.12 if scene.is_overcast else 1.0)
    lamp = bpy.data.lights.new("sun", "SUN")
    lamp.angle = math.radians(8 if scene.is_overcast else 0.6)
    lamp.energy = float(irradiance.max())
    lamp.color = tuple(map(float, irradiance / max(float(irradiance.max()), 1e-6)))
    sun = bpy.data.objects.new("sun", lamp)
    sun.rotation_mode = "QUATERNION"
    vector = importlib.import_module("mathutils").Vector(sky.towards_sun.tolist())
    sun.rotation_quaternion = vector.to_track_quat("Z", "Y")
    bpy.context.scene.collection.objects.link(sun)


def add_cloud_shadows(bpy: Any, scene: SceneParameters, sky: Sky) -> None:
    """Add a high plane, seen by shadow rays alone, where cumulus covers enough of the sky."""
    layers = [cloud for cloud in scene.light.clouds if isinstance(cloud, CloudLayer) and not cloud.flat]
    if not layers or layers[0].cover <= -0.75:
        return
    material = bpy.data.materials.new("cloud_shadow")
    material.node_tree.nodes.clear()
    nodes = NodeBuilder(bpy, material.node_tree)
    position = nodes.add("ShaderNodeNewGeometry").outputs["Position"]
    passing = nodes.mapped(nodes.noise(position, 1 / 1700.0, 4.0, 0.5), 0.56, 0.66, 1.0, 0.25)
    grey = nodes.add("ShaderNodeCombineColor", {0: passing, 1: passing, 2: passing}).outputs[0]
    shader = nodes.add("ShaderNodeBsdfTransparent", {0: grey}).outputs[0]
    material.node_tree.links.new(shader, nodes.add("ShaderNodeOutputMaterial").inputs[0])
    offset = sky.towards_sun / max(float(sky.towards_sun[2]), 0.08) * _SHADOW_HEIGHT_M
    builder = MeshBuilder()
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    reach = _SHADOW_REACH_M
    builder.add(
        [[i * reach + offset[0], j * reach + offset[1], _SHADOW_HEIGHT_M] for i, j in corners], [[0, 1, 2, 3]], 0
    )
    plane = bpy.data.objects.new("cloud_shadow", make_mesh(bpy, "cloud_shadow", builder.build()))
    plane.data.materials.append(material)
    plane.visible_camera = plane.visible_diffuse = plane.visible_glossy = plane.visible_transmission = False
    bpy.context.scene.collection.objects.link(plane)


def add_camera(bpy: Any, camera: Camera, camera_z_m: float) -> None:
    """Add the camera above (0, 0) and look through it."""
    data = bpy.data.cameras.new("camera")
    data.angle = camera.fov
    data.clip_start, data.clip_end = 0.05, 1e5
    thing = bpy.data.objects.new("camera", data)
    thing.location = (0, 0, camera_z_m)
    thing.rotation_euler = (math.pi / 2 + camera.pitch, 0, 0)
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.scene.camera = thing
