"""Blender as a module, without a screen: set-up, meshes from arrays, shader nodes, instances.

``bpy`` comes with the optional extra ``[render]`` and is imported by `load_blender` alone. Three of its habits are
worked around here: Cycles must be enabled by hand, ``media_type`` must be set before ``file_format``, and removing
objects one by one takes seconds where ``batch_remove`` takes none.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.landscapes.mesh import Mesh
from engine.data.landscapes.noise import Floats
from engine.geometry import Size

_ATTRIBUTE_KEYS = {"FLOAT_COLOR": "color", "FLOAT": "value", "INT": "value", "FLOAT_VECTOR": "vector"}


class RendererMissingError(Exception):
    """The module ``bpy`` is not installed, or does not run here; the message says how to get it."""


def load_blender() -> Any:
    """Import and return ``bpy`` with Cycles enabled.

    Raises:
        RendererMissingError: if it is not installed.
    """
    try:
        bpy = importlib.import_module("bpy")
        importlib.import_module("addon_utils").enable("cycles")
    except ImportError as error:
        raise RendererMissingError(
            f"rendering needs Blender's module bpy 5.0.1: make render-setup installs it ({error})"
        ) from None
    return bpy


def set_up_render(bpy: Any, size: Size, *, samples: int, threads: int, output: Path) -> None:
    """Prepare an empty scene for one render of a size to a raw multilayer OpenEXR file."""
    wipe(bpy)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles, render = scene.cycles, scene.render
    cycles.device = "CPU"
    cycles.samples = samples
    cycles.use_adaptive_sampling = False
    cycles.use_denoising = True
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_quality = "BALANCED"
    cycles.denoising_prefilter = "FAST"
    cycles.max_bounces = 4
    cycles.diffuse_bounces = cycles.glossy_bounces = 2
    cycles.transmission_bounces = 1
    cycles.transparent_max_bounces = 6
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 3
    cycles.sample_clamp_direct = 20
    cycles.filter_width = 1.2
    cycles.use_light_tree = False
    cycles.use_auto_tile = False
    render.resolution_x, render.resolution_y, render.resolution_percentage = size.width, size.height, 100
    render.threads_mode = "FIXED"
    render.threads = threads
    render.use_persistent_data = False
    set_exr_output(bpy, output, layers=True)
    layer = scene.view_layers[0]
    layer.use_pass_z = layer.use_pass_position = True
    layer.use_pass_cryptomatte_object = layer.use_pass_cryptomatte_material = True
    layer.pass_cryptomatte_depth = 4


def set_exr_output(bpy: Any, output: Path, *, layers: bool) -> None:
    """Write renders to an uncompressed, single-part OpenEXR file."""
    render = bpy.context.scene.render
    settings = render.image_settings
    settings.media_type = "MULTI_LAYER_IMAGE" if layers else "IMAGE"
    settings.file_format = "OPEN_EXR_MULTILAYER" if layers else "OPEN_EXR"
    settings.color_depth = "32"
    settings.exr_codec = "NONE"
    settings.use_exr_interleave = True  # else the file has several parts
    render.filepath = str(output)


def wipe(bpy: Any) -> None:
    """Remove everything from the scene."""
    data = bpy.data
    kinds = (
        data.objects, data.meshes, data.materials, data.node_groups, data.images, data.worlds, data.lights,
        data.cameras, data.collections,
    )  # fmt: skip
    data.batch_remove([block for kind in kinds for block in kind])


def make_mesh(
    bpy: Any, name: str, mesh: Mesh, attributes: Mapping[str, tuple[str, Floats]] | None = None, *, smooth: bool = False
) -> Any:
    """Return a Blender mesh.

    Args:
        bpy: Blender.
        name: of the mesh.
        mesh: vertices, faces, slots and colours; the colours become the attribute ``Col``.
        attributes: further (kind, values) of the vertices by name.
        smooth: shade it smooth.
    """
    block = bpy.data.meshes.new(name)
    corners = np.where(mesh.faces[:, 3] < 0, 3, 4).astype(np.int32)
    loops = mesh.faces.reshape(-1)[(mesh.faces >= 0).reshape(-1)]
    block.vertices.add(len(mesh.vertices))
    block.loops.add(len(loops))
    block.polygons.add(len(mesh.faces))
    block.vertices.foreach_set("co", np.ascontiguousarray(mesh.vertices, np.float32).reshape(-1))
    block.loops.foreach_set("vertex_index", loops.astype(np.int32))
    block.polygons.foreach_set("loop_start", np.concatenate([[0], np.cumsum(corners)[:-1]]).astype(np.int32))
    block.polygons.foreach_set("material_index", np.ascontiguousarray(mesh.slots, np.int32))
    block.polygons.foreach_set("use_smooth", np.full(len(mesh.faces), smooth))
    colours = np.concatenate([mesh.colours, np.ones((len(mesh.colours), 1))], 1)
    for key, (kind, values) in {"Col": ("FLOAT_COLOR", colours), **(attributes or {})}.items():
        target = block.attributes.new(key, kind, "POINT")
        target.data.foreach_set(_ATTRIBUTE_KEYS[kind], _flat(values, kind))
    block.update(calc_edges=True)
    return block


def place(bpy: Any, name: str, block: Any, location: Any, rotation: Any, scale: Any) -> Any:
    """Link an object that shares a mesh; return it."""
    thing = bpy.data.objects.new(name, block)
    thing.location = location
    thing.rotation_euler = rotation
    thing.scale = scale
    bpy.context.scene.collection.objects.link(thing)
    return thing


def instance_on_points(
    bpy: Any, name: str, sources: Sequence[Any], points: Floats, rotations: Floats, scales: Floats, indices: Floats
) -> None:
    """Place very many small things as one object: geometry nodes, realised (one BVH beats thousands that overlap).

    Args:
        bpy: Blender.
        name: of the object.
        sources: the objects to choose from.
        points: (n, 3) metres.
        rotations: (n, 3) Euler angles, radians.
        scales: (n, 3).
        indices: (n,) which source.
    """
    collection = bpy.data.collections.new(name + "_sources")
    for source in sources:
        collection.objects.link(source)
    block = bpy.data.meshes.new(name)
    block.vertices.add(len(points))
    block.vertices.foreach_set("co", np.ascontiguousarray(points, np.float32).reshape(-1))
    for key, kind, values in (
        ("rot", "FLOAT_VECTOR", rotations),
        ("scl", "FLOAT_VECTOR", scales),
        ("idx", "INT", indices),
    ):
        block.attributes.new(key, kind, "POINT").data.foreach_set(_ATTRIBUTE_KEYS[kind], _flat(values, kind))
    tree = bpy.data.node_groups.new(name, "GeometryNodeTree")
    for direction in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=direction, socket_type="NodeSocketGeometry")
    nodes = NodeBuilder(bpy, tree)

    def attribute(key: str, kind: str) -> Any:
        return nodes.add("GeometryNodeInputNamedAttribute", {"Name": key}, data_type=kind).outputs[0]

    chosen = nodes.add(
        "GeometryNodeCollectionInfo", {"Collection": collection, "Separate Children": True, "Reset Children": True}
    )
    group_in, group_out = nodes.add("NodeGroupInput"), nodes.add("NodeGroupOutput")
    placed = nodes.add(
        "GeometryNodeInstanceOnPoints",
        {
            "Points": group_in.outputs[0],
            "Instance": chosen.outputs[0],
            "Pick Instance": True,
            "Instance Index": attribute("idx", "INT"),
            "Rotation": attribute("rot", "FLOAT_VECTOR"),
            "Scale": attribute("scl", "FLOAT_VECTOR"),
        },
    )
    realised = nodes.add("GeometryNodeRealizeInstances", {0: placed.outputs[0]})
    tree.links.new(realised.outputs[0], group_out.inputs[0])
    thing = bpy.data.objects.new(name, block)
    bpy.context.scene.collection.objects.link(thing)
    thing.modifiers.new("instances", "NODES").node_group = tree


class NodeBuilder:
    """Adds nodes to a tree; inputs take values or the sockets of other nodes."""

    def __init__(self, bpy: Any, tree: Any) -> None:
        """Build in a shader or geometry tree."""
        self._socket = bpy.types.NodeSocket
        self.tree = tree

    def add(self, kind: str, inputs: Mapping[Any, Any] | None = None, **properties: Any) -> Any:
        """Add a node of a kind, set its properties, then its inputs; return it."""
        node = self.tree.nodes.new(kind)
        for key, value in properties.items():
            setattr(node, key, value)
        for key, value in (inputs or {}).items():
            self._connect(node.inputs[key], value)
        return node

    def math(self, operation: str, a: Any, b: Any = 0.0, c: Any = 0.0) -> Any:
        """Return the socket of a scalar operation."""
        return self.add("ShaderNodeMath", {0: a, 1: b, 2: c}, operation=operation).outputs[0]

    def vector_math(self, operation: str, a: Any, b: Any) -> Any:
        """Return the socket of a vector operation."""
        node = self.add("ShaderNodeVectorMath", {0: a, 1: b}, operation=operation)
        return node.outputs["Value" if operation in ("DOT_PRODUCT", "LENGTH") else "Vector"]

    def mapped(self, value: Any, from_low: float, from_high: float, to_low: float, to_high: float) -> Any:
        """Return the socket of a value mapped from one range to another, clamped."""
        ranges = {0: value, 1: from_low, 2: from_high, 3: to_low, 4: to_high}
        return self.add("ShaderNodeMapRange", ranges).outputs[0]

    def noise(self, position: Any, scale: float, detail: float = 6.0, roughness: float = 0.6) -> Any:
        """Return the socket of fractal noise in [0, 1]; scale is per metre."""
        inputs = {"Vector": position, "Scale": scale, "Detail": detail, "Roughness": roughness}
        return self.add("ShaderNodeTexNoise", inputs).outputs[0]

    def attribute(self, name: str, *, scalar: bool = False) -> Any:
        """Return the socket of a vertex attribute, as colour or as a number."""
        return self.add("ShaderNodeAttribute", attribute_name=name).outputs[2 if scalar else 0]

    def mix(self, factor: Any, a: Any, b: Any, *, blend: str = "MIX") -> Any:
        """Return the socket of two colours mixed."""
        node = self.add("ShaderNodeMix", data_type="RGBA", blend_type=blend)
        for index, value in ((0, factor), (6, a), (7, b)):
            self._connect(node.inputs[index], value)
        return node.outputs[2]

    def multiply(self, a: Any, b: Any) -> Any:
        """Return the socket of two colours multiplied; a number becomes grey."""
        return self.mix(1.0, a, b, blend="MULTIPLY")

    def _connect(self, target: Any, value: Any) -> None:
        if isinstance(value, self._socket):
            self.tree.links.new(value, target)
            return
        if isinstance(value, np.ndarray):
            value = tuple(map(float, value))
        default: Any = getattr(target, "default_value", None)
        is_opaque = isinstance(value, tuple) and len(value) == 3 and hasattr(default, "__len__") and len(default) == 4
        target.default_value = (*value, 1.0) if is_opaque else value


def _flat(values: Floats, kind: str) -> Floats:
    return np.ascontiguousarray(values, np.int32 if kind == "INT" else np.float32).reshape(-1)
