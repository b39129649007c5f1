"""Noise in the plane: gradient noise, fractal sums band-limited by distance, erosion gullies, tree crowns."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[Any]
"""An array of floating-point numbers, float32 where it is large."""

_ANGLES = np.linspace(0, 2 * np.pi, 257)[:-1]
_GRADIENT_X = np.cos(_ANGLES).astype(np.float32)
_GRADIENT_Y = np.sin(_ANGLES).astype(np.float32)
_AMPLITUDE = np.float32(1.5)


def smoothstep(low: float, high: float, x: Any) -> Any:
    """Return 0 below ``low``, 1 above ``high`` and a smooth cubic between; ``low`` may exceed ``high``."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def lerp(a: Any, b: Any, t: Any) -> Any:
    """Return ``a`` where t is 0 and ``b`` where it is 1."""
    return a + (b - a) * t


def mix_colours(a: Any, b: Any, t: Any) -> Any:
    """Mix colours (..., 3) by weights (...), clipped to [0, 1]."""
    return lerp(a, b, np.clip(t, 0, 1)[..., None])


def hash_cells(ix: npt.NDArray[np.int32], iy: npt.NDArray[np.int32], seed: int) -> npt.NDArray[np.uint32]:
    """Return a well-mixed uint32 per integer cell."""
    h = (
        (ix.astype(np.uint32) * np.uint32(0x8DA6B343))
        ^ (iy.astype(np.uint32) * np.uint32(0xD8163841))
        ^ np.uint32((seed * 0x9E3779B1) & 0xFFFFFFFF)
    )
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x2C1B3C6D)
    h ^= h >> np.uint32(12)
    h *= np.uint32(0x297A2D39)
    h ^= h >> np.uint32(15)
    return h


def gradient_noise(x: Floats, y: Floats, seed: int = 0) -> Floats:
    """Return gradient noise of wavelength 1, about [-1, 1]."""
    return gradient_noise_slope(x, y, seed)[0]


def gradient_noise_slope(x: Floats, y: Floats, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """Return gradient noise of wavelength 1 and its two partial derivatives."""
    fx, fy = np.floor(x), np.floor(y)
    ix, iy = fx.astype(np.int32), fy.astype(np.int32)
    x, y = (x - fx).astype(np.float32), (y - fy).astype(np.float32)
    u, v = x * x * x * (x * (x * 6 - 15) + 10), y * y * y * (y * (y * 6 - 15) + 10)
    corners = []
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        h = hash_cells(ix + dx, iy + dy, seed) & np.uint32(255)
        gx, gy = _GRADIENT_X[h], _GRADIENT_Y[h]
        corners.append((gx * (x - dx) + gy * (y - dy), gx, gy))
    (a, ax, ay), (b, bx, by), (c, cx, cy), (d, dx_, dy_) = corners
    k1, k2, k4 = b - a, c - a, a - b - c + d
    value = a + u * k1 + v * k2 + u * v * k4
    du, dv = 30 * x * x * (x * (x - 2) + 1), 30 * y * y * (y * (y - 2) + 1)
    slope_x = ax + u * (bx - ax) + v * (cx - ax) + u * v * (ax - bx - cx + dx_) + du * (k1 + v * k4)
    slope_y = ay + u * (by - ay) + v * (cy - ay) + u * v * (ay - by - cy + dy_) + dv * (k2 + u * k4)
    return value * _AMPLITUDE, slope_x * _AMPLITUDE, slope_y * _AMPLITUDE


def fractal_noise(
    x: Floats,
    y: Floats,
    wavelength_m: float,
    octaves: int = 6,
    gain: float = 0.5,
    seed: int = 0,
    *,
    ridged: bool = False,
    detail_m: Floats | None = None,
) -> Floats:
    """Return a fractal sum of gradient noise, about [-1, 1].

    Args:
        x: metres.
        y: metres, same shape.
        wavelength_m: of the first octave; each further one is half as long.
        octaves: how many.
        gain: amplitude of an octave over that of the one before.
        seed: which noise.
        ridged: fold every octave into sharp crests.
        detail_m: smallest useful wavelength of every point; shorter octaves fade out, so that far points are
            band-limited and do not shimmer.
    """
    total = np.zeros(np.shape(x), np.float32)
    amplitude, weight_sum = 1.0, 0.0
    for octave in range(octaves):
        weight: Any = np.float32(1) if detail_m is None else smoothstep(1.0, 2.0, wavelength_m / detail_m)
        audible = None if detail_m is None else weight > 0
        octave_seed = seed + 101 * octave
        if audible is None or audible.mean() > 0.9:
            noise = gradient_noise(x / wavelength_m, y / wavelength_m, octave_seed)
            total += (1 - 2.2 * np.abs(noise) if ridged else noise) * amplitude * weight
        elif audible.any():
            noise = gradient_noise(x[audible] / wavelength_m, y[audible] / wavelength_m, octave_seed)
            total[audible] += (1 - 2.2 * np.abs(noise) if ridged else noise) * amplitude * weight[audible]
        weight_sum += amplitude
        wavelength_m *= 0.503
        amplitude *= gain
    return total / np.float32(weight_sum**0.85)


def gullies(px: Floats, py: Floats, dx: Floats, dy: Floats, seed: int) -> tuple[Floats, Floats, Floats]:
    """Return one octave of stripes along a direction field, and its derivatives: branching erosion gullies.

    Args:
        px: place in wavelengths.
        py: place in wavelengths.
        dx: direction across the stripes, scaled by their frequency.
        dy: the same.
        seed: which noise.
    """
    fx, fy = np.floor(px), np.floor(py)
    ix, iy = fx.astype(np.int32), fy.astype(np.int32)
    qx, qy = (px - fx).astype(np.float32), (py - fy).astype(np.float32)
    value, slope_x, slope_y, weight_sum = (np.zeros(np.shape(px), np.float32) for _ in range(4))
    for j in (-1, 0, 1):
        for i in (-1, 0, 1):
            h = hash_cells(ix + i, iy + j, seed)
            ox = qx - i - (h & np.uint32(1023)).astype(np.float32) / 1023
            oy = qy - j - ((h >> np.uint32(10)) & np.uint32(1023)).astype(np.float32) / 1023
            weight = np.maximum(0, 1 - (ox * ox + oy * oy) * np.float32(0.62)) ** 4
            phase = (ox * dx + oy * dy) * np.float32(2 * np.pi)
            sine = -np.sin(phase) * weight
            value += np.cos(phase) * weight
            slope_x += sine * dx
            slope_y += sine * dy
            weight_sum += weight
    weight_sum = np.maximum(weight_sum, 1e-3)
    return value / weight_sum, slope_x / weight_sum, slope_y / weight_sum


def mountain_relief(x: Floats, y: Floats, wavelength_m: float, seed: int, *, detail_m: Floats) -> Floats:
    """Return eroded mountains in about [0, 1]: soft ridges, and gullies that follow the slope and spare the crests.

    Args:
        x: metres.
        y: metres, same shape.
        wavelength_m: from one range to the next.
        seed: which mountains.
        detail_m: smallest useful wavelength of every point.
    """
    p = (x + wavelength_m * 0.18 * fractal_noise(x, y, wavelength_m * 0.6, 3, seed=seed + 7)) / wavelength_m
    q = (y + wavelength_m * 0.18 * fractal_noise(x, y, wavelength_m * 0.6, 3, seed=seed + 8)) / wavelength_m
    height, slope_x, slope_y = (np.zeros(np.shape(x), np.float32) for _ in range(3))
    crest = np.ones(np.shape(x), np.float32)
    amplitude, frequency = 1.0, 1.0
    for octave in range(3):
        noise, noise_x, noise_y = gradient_noise_slope(p * frequency, q * frequency, seed + 31 * octave)
        # the soft root rounds the crest: a sharp one turns into a row of spires under the gullies
        root = np.sqrt(noise * noise + (0.012 if octave == 0 else 0.006))
        if octave == 0:
            crest = 0.15 + 0.85 * smoothstep(0.04, 0.26, np.abs(noise))
        fold = -2.0 * noise / root
        height += (1 - root * 2.0) * amplitude
        slope_x += fold * noise_x * amplitude * frequency
        slope_y += fold * noise_y * amplitude * frequency
        amplitude *= 0.42
        frequency *= 1.93
    height = height * 0.38 + 0.38
    rough = smoothstep(0.05, 0.45, height) * crest
    bend_x, bend_y = np.zeros_like(height), np.zeros_like(height)
    amplitude, frequency = 0.16, 4.0
    for octave in range(5):
        weight = rough * smoothstep(1.5, 3.0, (wavelength_m / frequency) / detail_m)
        dx, dy = slope_y * 0.55 + bend_y * 1.6, -(slope_x * 0.55 + bend_x * 1.6)
        length = np.sqrt(dx * dx + dy * dy) + 1e-6
        shorten = np.minimum(length, 1.4) / length
        value, value_x, value_y = gullies(p * frequency, q * frequency, dx * shorten, dy * shorten, seed + 977 * octave)
        height += (value * 0.5 - 0.25) * amplitude * weight
        bend_x += value_x * amplitude * 2.2
        bend_y += value_y * amplitude * 2.2
        amplitude *= 0.5
        frequency *= 2.03
    return np.maximum(height, 0)


def crowns(x: Floats, y: Floats, cell_m: float, seed: int) -> tuple[Floats, Floats]:
    """Return (height, tone) of a closed canopy of round crowns, both in [0, 1]; tone is one value per tree."""
    p, q = x / cell_m, y / cell_m
    fx, fy = np.floor(p), np.floor(q)
    ix, iy = fx.astype(np.int32), fy.astype(np.int32)
    nearest = np.full(p.shape, 9, np.float32)
    tone = np.zeros(p.shape, np.float32)
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            h = hash_cells(ix + i, iy + j, seed)
            own_x = (h & np.uint32(255)) / np.float32(255)
            own_y = ((h >> np.uint32(8)) & np.uint32(255)) / np.float32(255)
            own_tone = ((h >> np.uint32(16)) & np.uint32(255)) / np.float32(255)
            distance = np.hypot(p - fx - i - own_x, q - fy - j - own_y) + 0.25 * own_tone
            is_nearer = distance < nearest
            nearest = np.where(is_nearer, distance, nearest)
            tone = np.where(is_nearer, own_tone, tone)
    return np.clip(1.15 - nearest * 1.25, 0, 1).astype(np.float32), tone.astype(np.float32)
