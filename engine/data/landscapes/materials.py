"""Materials of the ground, of plants and of what people build.

They are called ``class__detail``; the class of every pixel is read back from these names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.data.landscapes.blender import NodeBuilder
from engine.data.landscapes.colours import Colours
from engine.data.landscapes.noise import Floats
from engine.data.landscapes.parameters import SceneParameters

SEPARATOR = "__"
SNOW_RGB = (0.82, 0.84, 0.88)
# noise per metre, depth of the bumps in metres, variation of brightness
_GROUNDS = {
    "grass": (3.5, 0.06, 0.5),
    "flowers": (3.5, 0.06, 0.45),
    "earth": (2.6, 0.05, 0.45),
    "sand": (1.6, 0.02, 0.12),
    "rock": (0.9, 0.22, 0.5),
    "snow": (0.7, 0.05, 0.05),
    "mountain": (0.035, 6.0, 0.4),
    "forest": (0.12, 2.2, 0.55),
    "road": (5.0, 0.02, 0.25),
}
GROUND_KEYS = tuple(_GROUNDS)
_SMOOTH_GROUNDS = ("sand", "earth", "snow", "road")


class Materials:
    """Makes the materials of one scene; each is seen through the scene's haze."""

    def __init__(self, bpy: Any, scene: SceneParameters, colours: Colours, haze: Any) -> None:
        """Take the scene's colours and its haze."""
        self._bpy, self._scene, self._colours, self._haze = bpy, scene, colours, haze

    def add(self, name: str, build: Callable[[NodeBuilder], Any]) -> Any:
        """Return a new material whose shader is what ``build`` returns."""
        material = self._bpy.data.materials.new(name)
        tree = material.node_tree
        tree.nodes.clear()
        nodes = NodeBuilder(self._bpy, tree)
        shader = build(nodes)
        haze = nodes.add("ShaderNodeGroup", node_tree=self._haze)
        tree.links.new(shader, haze.inputs[0])
        tree.links.new(haze.outputs[0], nodes.add("ShaderNodeOutputMaterial").inputs[0])
        material.cycles.emission_sampling = "NONE"  # the haze must not become a lamp
        return material

    def ground(self, class_key: str) -> Any:
        """Return the material of ground of a class; its colour lies in the vertices."""
        scale, depth_m, variation = _GROUNDS[class_key]
        if self._scene.biome == "desert" and class_key == "sand":
            depth_m = 0.012

        def build(nodes: NodeBuilder) -> Any:
            position = nodes.add("ShaderNodeNewGeometry").outputs["Position"]
            grain = nodes.noise(position, scale, 6.0, 0.62)
            brightness = nodes.mapped(grain, 0.3, 0.7, 1 - variation, 1 + variation)
            colour = nodes.multiply(nodes.attribute("Col"), brightness)
            height = self._ripples(nodes, position, grain, class_key)
            bump = nodes.add("ShaderNodeBump", {"Strength": 1.0, "Distance": depth_m, "Height": height}).outputs[0]
            if class_key not in _SMOOTH_GROUNDS:
                return nodes.add("ShaderNodeBsdfDiffuse", {"Color": colour, "Roughness": 0.6, "Normal": bump}).outputs[
                    0
                ]
            dry = 0.9 if class_key != "snow" else 0.6
            wet = nodes.attribute("wet", scalar=True)
            inputs = {
                "Base Color": colour,
                "Roughness": nodes.mapped(wet, 0.0, 1.0, dry, 0.18),
                # dry earth must not mirror a low sky, or a path looks like a brook
                "Specular IOR Level": nodes.mapped(wet, 0.0, 1.0, 0.05, 0.4),
                "Normal": bump,
            }
            return nodes.add("ShaderNodeBsdfPrincipled", inputs).outputs[0]

        return self.add(class_key + SEPARATOR + "ground", build)

    def _ripples(self, nodes: NodeBuilder, position: Any, grain: Any, class_key: str) -> Any:
        """Return the height of bumps: wind has shaped sand into ripples and snow into drifts, near the camera."""
        if class_key not in ("sand", "snow"):
            return grain
        distance = nodes.add("ShaderNodeCameraData").outputs["View Distance"]
        if class_key == "sand":
            inputs = {"Vector": position, "Scale": 1.3, "Distortion": 6.0, "Detail": 2.0, "Detail Scale": 0.35}
            waves = nodes.add("ShaderNodeTexWave", inputs, bands_direction="DIAGONAL").outputs[0]
            return nodes.math("ADD", grain, nodes.math("MULTIPLY", waves, nodes.mapped(distance, 10, 60, 1.2, 0.0)))
        stretched = nodes.vector_math("MULTIPLY", position, (0.35, 1.1, 1.0))
        drifts = nodes.math(
            "MULTIPLY", nodes.noise(stretched, 0.9, 5.0, 0.5), nodes.mapped(distance, 15, 160, 5.0, 1.0)
        )
        crust = nodes.math("MULTIPLY", nodes.noise(position, 14.0, 3.0, 0.6), nodes.mapped(distance, 6, 40, 0.35, 0.0))
        return nodes.math("ADD", nodes.math("ADD", grain, drifts), crust)

    def leaf(
        self,
        name: str,
        colour: Floats,
        *,
        translucency: float = 0.45,
        hue: float = 0.05,
        value: float = 0.35,
        snow: float = 0.0,
    ) -> Any:
        """Return leaves, needles or blades: without gloss, translucent, every object a little different."""

        def build(nodes: NodeBuilder) -> Any:
            random = nodes.add("ShaderNodeObjectInfo").outputs["Random"]

            def another(factor: float) -> Any:
                return nodes.math("FRACT", nodes.math("MULTIPLY", random, factor))

            inputs = {
                "Hue": nodes.mapped(random, 0, 1, 0.5 - hue * 0.5, 0.5 + hue * 0.5),
                "Saturation": nodes.mapped(another(17.3), 0, 1, 0.78, 1.05),
                "Value": nodes.mapped(another(7.7), 0, 1, 1 - value, 1 + value),
                "Color": colour,
            }
            own = nodes.multiply(nodes.add("ShaderNodeHueSaturation", inputs).outputs[0], nodes.attribute("Col"))
            if snow:
                own = self._snowed(nodes, own, snow)
            diffuse = nodes.add("ShaderNodeBsdfDiffuse", {"Color": own})
            through = nodes.add("ShaderNodeBsdfTranslucent", {"Color": nodes.multiply(own, (1.2, 1.15, 0.7))})
            inputs = {0: translucency, 1: diffuse.outputs[0], 2: through.outputs[0]}
            return nodes.add("ShaderNodeMixShader", inputs).outputs[0]

        return self.add(name, build)

    def _snowed(self, nodes: NodeBuilder, colour: Any, amount: float) -> Any:
        geometry = nodes.add("ShaderNodeNewGeometry")
        normal = nodes.add("ShaderNodeSeparateXYZ", {0: geometry.outputs["True Normal"]}).outputs[2]
        patches = nodes.noise(geometry.outputs["Position"], 1.1, 2.0)
        level = nodes.math("ADD", nodes.math("ABSOLUTE", normal), patches)
        return nodes.mix(nodes.mapped(level, 1.25 - amount * 0.5, 1.4 - amount * 0.5, 0.0, 1.0), colour, SNOW_RGB)

    def plain(
        self,
        name: str,
        colour: Floats,
        *,
        variation: float = 0.3,
        scale: float = 3.0,
        roughness: float = 0.9,
        bump_m: float = 0.02,
        shaded: bool = False,
    ) -> Any:
        """Return bark, walls, roofs, glass, wood; ``shaded`` multiplies by the vertices' colours."""

        def build(nodes: NodeBuilder) -> Any:
            position = nodes.add("ShaderNodeNewGeometry").outputs["Position"]
            grain = nodes.noise(position, scale, 6.0, 0.65)
            own = nodes.multiply(tuple(map(float, colour)), nodes.mapped(grain, 0.3, 0.7, 1 - variation, 1 + variation))
            if shaded:
                own = nodes.multiply(own, nodes.attribute("Col"))
            bump = nodes.add("ShaderNodeBump", {"Distance": bump_m, "Height": grain}).outputs[0]
            specular = 0.8 if roughness < 0.3 else 0.2
            inputs = {"Base Color": own, "Roughness": roughness, "Specular IOR Level": specular, "Normal": bump}
            return nodes.add("ShaderNodeBsdfPrincipled", inputs).outputs[0]

        return self.add(name, build)

    def rock(self, name: str, *, snowed: bool) -> Any:
        """Return boulders, mossy or snowed on top."""
        top_rgb = SNOW_RGB if snowed else tuple(map(float, self._colours.grass * 0.7))

        def build(nodes: NodeBuilder) -> Any:
            geometry = nodes.add("ShaderNodeNewGeometry")
            position = geometry.outputs["Position"]
            grain = nodes.noise(position, 2.2, 8.0, 0.68)
            light, dark = self._colours.rock, self._colours.dark_rock
            own = nodes.mix(nodes.mapped(grain, 0.35, 0.65, 0.0, 1.0), dark, light)
            random = nodes.add("ShaderNodeObjectInfo").outputs["Random"]
            own = nodes.multiply(own, nodes.mapped(random, 0, 1, 0.7, 1.25))
            own = nodes.multiply(own, nodes.attribute("Col"))
            up = nodes.add("ShaderNodeSeparateXYZ", {0: geometry.outputs["Normal"]}).outputs[2]
            level = nodes.math("MULTIPLY_ADD", grain, 0.9, up)
            top = nodes.mapped(level, *((1.0, 1.15) if snowed else (1.2, 1.5)), 0.0, 1.0)
            own = nodes.mix(nodes.math("MULTIPLY", top, 1.0 if snowed else 0.5), own, top_rgb)
            bump = nodes.add("ShaderNodeBump", {"Distance": 0.12, "Height": grain}).outputs[0]
            return nodes.add("ShaderNodeBsdfDiffuse", {"Color": own, "Roughness": 0.8, "Normal": bump}).outputs[0]

        return self.add(name, build)

    def water(self, deep_rgb: Floats, *, waves_m: float) -> Any:
        """Return water: it mirrors by Fresnel, shows the ground in the shallows, foams where ``foam`` says so.

        Args:
            deep_rgb: colour of deep water.
            waves_m: height of the waves; patches of it are calmer.
        """
        is_sea = self._scene.has_sea
        shallow_rgb = np.minimum(deep_rgb * 2.5 + self._colours.sand * np.array([0.04, 0.12, 0.13]), 0.5)

        def build(nodes: NodeBuilder) -> Any:
            position = nodes.add("ShaderNodeNewGeometry").outputs["Position"]
            stretched = nodes.vector_math("MULTIPLY", position, (1.0, 0.55, 1.0))
            waves = nodes.noise(stretched, 0.28 if is_sea else 0.9, 5.0, 0.55)
            patch = nodes.noise(nodes.vector_math("MULTIPLY", position, (0.35, 1.0, 1.0)), 0.012, 4.0, 0.5)
            height = nodes.mapped(patch, 0.42, 0.62, waves_m * (0.6 if is_sea else 0.12), waves_m)
            bump_inputs = {"Strength": 1.0, "Distance": 1.0, "Height": nodes.math("MULTIPLY", waves, height)}
            bump = nodes.add("ShaderNodeBump", bump_inputs).outputs[0]
            shallow = nodes.attribute("shallow", scalar=True)
            body_rgb = nodes.mix(shallow, deep_rgb, shallow_rgb)
            body = nodes.add("ShaderNodeBsdfDiffuse", {"Color": body_rgb, "Normal": (0.0, 0.0, 1.0)}).outputs[0]
            clear = nodes.add("ShaderNodeBsdfTransparent", {"Color": (0.55, 0.75, 0.72)}).outputs[0]
            depth = nodes.math("POWER", shallow, 1.5)
            under = nodes.add("ShaderNodeMixShader", {0: depth, 1: body, 2: clear}).outputs[0]
            gloss = {"Color": (1.0, 1.0, 1.0), "Roughness": 0.07 if is_sea else 0.03, "Normal": bump}
            mirror = nodes.add("ShaderNodeBsdfGlossy", gloss).outputs[0]
            fresnel = nodes.add("ShaderNodeFresnel", {"IOR": 1.333, "Normal": bump}).outputs[0]
            surface = nodes.add("ShaderNodeMixShader", {0: fresnel, 1: under, 2: mirror}).outputs[0]
            froth = nodes.math("MULTIPLY", nodes.noise(position, 1.6, 6.0, 0.7), 0.9)
            foam = nodes.mapped(nodes.math("ADD", nodes.attribute("foam", scalar=True), froth), 0.8, 1.15, 0.0, 1.0)
            white = nodes.add("ShaderNodeBsdfDiffuse", {"Color": (0.82, 0.85, 0.86)}).outputs[0]
            return nodes.add("ShaderNodeMixShader", {0: foam, 1: surface, 2: white}).outputs[0]

        return self.add("water" + SEPARATOR + "surface", build)
