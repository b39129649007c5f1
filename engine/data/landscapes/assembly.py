"""A scene put together in Blender: land, water, plants, rocks, houses, light and camera."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.data.landscapes.blender import instance_on_points, make_mesh, place
from engine.data.landscapes.buildings import build_fence
from engine.data.landscapes.camera import Camera
from engine.data.landscapes.colours import Colours, linear
from engine.data.landscapes.haze import build_haze
from engine.data.landscapes.labels import ID, TABLE
from engine.data.landscapes.lighting import add_camera, add_cloud_shadows, add_sun, add_world
from engine.data.landscapes.materials import GROUND_KEYS, SEPARATOR, Materials
from engine.data.landscapes.mesh import grid_mesh
from engine.data.landscapes.noise import Floats, lerp
from engine.data.landscapes.parameters import SceneParameters
from engine.data.landscapes.placement import place_fences, place_things
from engine.data.landscapes.sky import Sky
from engine.data.landscapes.species import species_mesh
from engine.data.landscapes.terrain import Terrain
from engine.data.landscapes.turf_placement import Scattering, place_litter, place_turf
from engine.data.landscapes.water import build_water

_WALLS = ((226, 218, 204), (206, 188, 160), (150, 82, 62), (122, 92, 66), (198, 200, 198))
_ROOFS = ((140, 74, 54), (96, 84, 78), (120, 96, 80), (70, 72, 78))
_AUTUMN_HUE, _HUE = 0.07, 0.06


class Assembly:
    """Builds one scene; every object's name begins with its class, as does every material's."""

    def __init__(
        self, bpy: Any, scene: SceneParameters, terrain: Terrain, sky: Sky, colours: Colours, rng: np.random.Generator
    ) -> None:
        """Take what the scene is made of; Blender's scene must be empty."""
        self._bpy, self._scene, self._terrain, self._sky = bpy, scene, terrain, sky
        self._colours, self._rng = colours, rng
        self._materials = Materials(bpy, scene, colours, build_haze(bpy, scene, sky, terrain.camera_z_m))
        self._blocks: dict[str, Any] = {}
        winter = scene.biome == "winter"
        self._snow_on_leaves = float(rng.uniform(0.3, 1)) if winter and rng.random() < 0.8 else 0.0

    def run(self, camera: Camera) -> None:
        """Build everything."""
        bpy, scene, terrain, rng = self._bpy, self._scene, self._terrain, self._rng
        add_world(bpy, scene, self._sky)
        add_sun(bpy, scene, self._sky)
        add_cloud_shadows(bpy, scene, self._sky)
        add_camera(bpy, camera, terrain.camera_z_m)
        self._add_ground()
        if scene.water is not None:
            self._add_water()
        for number, thing in enumerate(place_things(scene, terrain, rng)):
            name = f"{thing.class_key}{SEPARATOR}{number}"
            place(bpy, name, self._block(thing.species), thing.location, thing.rotation, thing.scale)
        self._add_fences()
        self._add_small_things()

    def _add_ground(self) -> None:
        terrain, ground = self._terrain, self._terrain.ground
        slots = np.zeros(len(TABLE), np.int32)
        for slot, key in enumerate(GROUND_KEYS):
            slots[ID[key]] = slot
        mesh = grid_mesh(terrain.x, terrain.y, terrain.height_m, slots[ground.class_ids], ground.colours)
        block = make_mesh(self._bpy, "ground", mesh, {"wet": ("FLOAT", ground.wetness)}, smooth=True)
        for key in GROUND_KEYS:
            block.materials.append(self._materials.ground(key))
        place(self._bpy, "ground", block, (0, 0, 0), (0, 0, 0), (1, 1, 1))

    def _add_water(self) -> None:
        water = build_water(self._scene, self._terrain, self._rng)
        attributes = {"shallow": ("FLOAT", water.shallow), "foam": ("FLOAT", water.foam)}
        block = make_mesh(self._bpy, "water", water.mesh, attributes, smooth=True)
        block.materials.append(self._materials.water(water.deep_rgb, waves_m=water.waves_m))
        place(self._bpy, "water", block, (0, 0, 0), (0, 0, 0), (1, 1, 1))

    def _block(self, species: str) -> Any:
        """Return the Blender mesh of a species with its materials, made when first asked for."""
        if species not in self._blocks:
            is_smooth = species.startswith(("rock", "pebbles"))
            block = make_mesh(self._bpy, species, species_mesh(species), smooth=is_smooth)
            for material in self._materials_of(species):
                block.materials.append(material)
            self._blocks[species] = block
        return self._blocks[species]

    def _materials_of(self, species: str) -> list[Any]:
        colours, materials, rng = self._colours, self._materials, self._rng
        if species.startswith("conifer"):
            needles = colours.needles * rng.uniform(0.95, 1.3)
            leaf = materials.leaf(
                f"tree{SEPARATOR}{species}", needles, translucency=0.22, hue=0.03, value=0.3, snow=self._snow_on_leaves
            )
            return [self._bark("tree"), leaf]
        if species.startswith(("broadleaf", "umbrella")):
            colour = colours.leaves[int("".join(c for c in species if c.isdigit())) % 4] * 1.3
            hue = _AUTUMN_HUE if self._scene.biome == "autumn" else _HUE
            leaf = materials.leaf(f"tree{SEPARATOR}{species}", colour, hue=hue, value=0.3, snow=self._snow_on_leaves)
            return [self._bark("tree"), leaf]
        if species.startswith("bush"):
            leaf = materials.leaf(
                f"bush{SEPARATOR}{species}", colours.bush * 1.5, hue=0.1, snow=self._snow_on_leaves * 0.7
            )
            return [self._bark("bush"), leaf]
        if species.startswith("rock"):
            return [materials.rock(f"rock{SEPARATOR}{species}", snowed=self._scene.biome == "winter")]
        assert species.startswith("house")
        return self._house_materials(species)

    def _bark(self, class_key: str) -> Any:
        return self._materials.plain(f"{class_key}{SEPARATOR}bark", linear(84, 72, 60), scale=6)

    def _house_materials(self, species: str) -> list[Any]:
        plain, rng, prefix = self._materials.plain, self._rng, f"building{SEPARATOR}{species}_"
        trim = linear(220, 216, 208) if rng.random() < 0.6 else linear(80, 58, 44)
        return [
            plain(prefix + "wall", linear(*_WALLS[rng.integers(len(_WALLS))]), variation=0.12, scale=0.8),
            plain(prefix + "roof", linear(*_ROOFS[rng.integers(len(_ROOFS))]), scale=2.5, bump_m=0.05),
            plain(prefix + "glass", linear(40, 46, 54), variation=0, scale=1, roughness=0.08, bump_m=0),
            plain(prefix + "trim", trim, variation=0.1),
        ]

    def _add_fences(self) -> None:
        fences = place_fences(self._scene, self._terrain, self._rng)
        wood = linear(126, 112, 96) * self._rng.uniform(0.6, 1.4)
        for number, fence in enumerate(fences):
            name = f"fence{SEPARATOR}{number}"
            block = make_mesh(self._bpy, name, build_fence(fence.x, fence.y, fence.z, self._rng))
            block.materials.append(self._materials.plain(f"fence{SEPARATOR}wood{number}", wood, scale=8))
            place(self._bpy, name, block, (0, 0, 0), (0, 0, 0), (1, 1, 1))

    def _add_small_things(self) -> None:
        scene, terrain, rng, colours = self._scene, self._terrain, self._rng, self._colours
        turf = place_turf(scene, terrain, rng)
        if turf is not None:
            is_dry = scene.biome in ("desert", "canyon", "coast", "winter", "savanna")
            share, gain = (0.7, 1.2) if is_dry else (0.3, 1.3)
            blades = lerp(colours.grass, colours.dry_grass, share) * gain
            bloom = self._materials.leaf(
                f"flowers{SEPARATOR}bloom", colours.flowers, translucency=0.3, hue=0.04, value=0.15
            )
            # in a carpet of flowers their leaves belong to it
            for class_key, chosen in (("grass", ~turf.in_flowers), ("flowers", turf.in_flowers)):
                blade = self._materials.leaf(f"{class_key}{SEPARATOR}blade", blades)
                if chosen.any():
                    self._scatter(class_key, turf.part(chosen), [blade, bloom])
        ground = ID[scene.ground]
        self._add_litter("pebbles0", colours.rock * 0.9, ground)
        if scene.biome == "autumn":
            self._add_litter("fallen_leaves0", colours.leaves[int(rng.integers(3))] * 1.2, ground)

    def _add_litter(self, species: str, colour: Floats, ground: int) -> None:
        """Add pebbles or leaves; they count as the ground they lie on."""
        litter = place_litter(self._scene, self._terrain, self._rng, species)
        if litter is None:
            return
        name = f"{TABLE[ground].key}{SEPARATOR}{species}"
        self._scatter(species, litter, [self._materials.plain(name, colour, shaded=True)])

    def _scatter(self, name: str, scattering: Scattering, materials: list[Any]) -> None:
        sources = []
        for number, species in enumerate(scattering.species):
            block = make_mesh(self._bpy, species, species_mesh(species))
            for material in materials:
                block.materials.append(material)
            # Collection Info sorts its children by name
            sources.append(self._bpy.data.objects.new(f"{name}_source{number:02d}", block))
        instance_on_points(
            self._bpy,
            f"{name}_scattered",
            sources,
            scattering.points,
            scattering.rotations,
            scattering.scales,
            scattering.indices,
        )
