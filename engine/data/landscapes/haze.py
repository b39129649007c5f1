"""Aerial perspective inside every material: exact where edges are blended, which a depth-buffer composite is not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.data.landscapes.blender import NodeBuilder
from engine.data.landscapes.noise import Floats, lerp
from engine.data.landscapes.parameters import SceneParameters
from engine.data.landscapes.sky import Sky

_AEROSOL_HEIGHT_M = 1700.0
_MIST_BEGIN_M = 250.0


def build_haze(bpy: Any, scene: SceneParameters, sky: Sky, camera_z_m: float) -> Any:
    """Return a node group that mixes a shader with sky-coloured light by 1 - exp(-optical depth).

    It acts on camera and mirror rays alone; optical depth is the analytic integral of exponential layers.
    """
    group = bpy.data.node_groups.new("haze", "ShaderNodeTree")
    for direction in ("INPUT", "OUTPUT"):
        group.interface.new_socket("Shader", in_out=direction, socket_type="NodeSocketShader")
    nodes = NodeBuilder(bpy, group)
    group_in, group_out = nodes.add("NodeGroupInput"), nodes.add("NodeGroupOutput")
    geometry, path = nodes.add("ShaderNodeNewGeometry"), nodes.add("ShaderNodeLightPath")
    ray = path.outputs["Ray Length"]
    z = nodes.add("ShaderNodeSeparateXYZ", {0: geometry.outputs["Position"]}).outputs[2]

    def column(height_m: float) -> Any:
        rise = nodes.math("DIVIDE", nodes.math("SUBTRACT", z, camera_z_m), height_m)
        rise = nodes.math("ADD", rise, 1e-3)
        fall = nodes.math("EXPONENT", nodes.math("MULTIPLY", nodes.math("MAXIMUM", rise, -30.0), -1.0))
        return nodes.math("MULTIPLY", nodes.math("DIVIDE", nodes.math("SUBTRACT", 1.0, fall), rise), ray)

    light = scene.light
    depth = nodes.math("MULTIPLY", column(_AEROSOL_HEIGHT_M), 2.1 / light.visibility_m)
    if light.mist > 0:
        here = light.mist * math.exp(-camera_z_m / light.mist_height_m)
        begun = nodes.math("SMOOTH_MIN", nodes.math("DIVIDE", ray, _MIST_BEGIN_M), 1.0, 0.3)
        mist = nodes.math("MULTIPLY", nodes.math("MULTIPLY", column(light.mist_height_m), here), begun)
        depth = nodes.math("ADD", depth, mist)
    share = nodes.math("SUBTRACT", 1.0, nodes.math("EXPONENT", nodes.math("MULTIPLY", depth, -1.0)))
    seen = nodes.math("MAXIMUM", path.outputs["Is Camera Ray"], path.outputs["Is Glossy Ray"])
    share = nodes.math("MULTIPLY", share, seen)
    colour = _haze_colour(nodes, scene, sky, geometry.outputs["Incoming"], share)
    glow = nodes.add("ShaderNodeEmission", {"Color": colour, "Strength": 1.0})
    mixed = nodes.add("ShaderNodeMixShader", {0: share})
    group.links.new(group_in.outputs[0], mixed.inputs[1])
    group.links.new(glow.outputs[0], mixed.inputs[2])
    group.links.new(mixed.outputs[0], group_out.inputs[0])
    return group


def _haze_colour(nodes: NodeBuilder, scene: SceneParameters, sky: Sky, incoming: Any, share: Any) -> Any:
    """Return the colour of haze: that of the sky low over the horizon, warmer to the sun, bluer where it is thin."""
    azimuth = sky.sun_azimuth
    gain = 0.7 if scene.is_overcast else 0.85

    def low_sky(towards: float, elevation_deg: float) -> Floats:
        return sky.clear.radiance(np.array([towards]), np.array([math.radians(elevation_deg)]), azimuth)[0] * gain

    toward, away, blue = low_sky(azimuth, 3), low_sky(azimuth + math.pi, 2.5), low_sky(azimuth + 1.7, 11)
    side = low_sky(0.0, 2.5)
    facing = nodes.vector_math("DOT_PRODUCT", incoming, (-math.sin(azimuth), -math.cos(azimuth), 0.0))
    facing = nodes.math("POWER", nodes.math("MULTIPLY_ADD", facing, 0.5, 0.5), 3.0)
    colour = nodes.mix(facing, lerp(away, side, 0.6), lerp(toward, side, 0.45))
    return nodes.mix(nodes.math("POWER", share, 0.7), blue * 1.05, colour)
