"""From linear light to a photograph: white balance, exposure, glare, a film-like curve, vignette, a little grain.

The curve is AgX (Troy Sobotka; polynomial by Benjamin Wrensch).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from engine.data.landscapes.clouds import blur
from engine.data.landscapes.noise import Floats
from engine.data.landscapes.parameters import SceneParameters
from engine.data.landscapes.sky import Sky

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_INSET = np.array(
    [
        [0.842479062253094, 0.0784335999999992, 0.0792237451477643],
        [0.0423282422610123, 0.878468636469772, 0.0791661274605434],
        [0.0423756549057051, 0.0784336, 0.879142973793104],
    ],
    np.float32,
)
_OUTSET = np.linalg.inv(_INSET).astype(np.float32)
_LOWEST_EV, _HIGHEST_EV = -12.47393, 4.026069
_MIDDLE_GREY = 0.185
_SNOW_GAIN = 1.75


def develop(radiance: Floats, scene: SceneParameters, sky: Sky, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Return the (H, W, 3) uint8 sRGB photograph of (H, W, 3) linear light."""
    settings = scene.development
    light = radiance * _white_balance(scene, sky)
    exposed = light * _exposure(light, scene) * 2**settings.exposure_ev
    glare = blur(np.minimum(exposed, 8), max(4, exposed.shape[0] // 20))
    exposed = exposed * 0.955 + glare * 0.045
    picture = _film_curve(exposed.astype(np.float32), settings.contrast * 1.22, settings.saturation)
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    picture = picture * (1 - 0.10 * np.clip(x**2 * 0.8 + y**2 * 0.35 - 0.2, 0, 1))[..., None]
    picture = picture + (picture - blur(picture.astype(np.float32))) * 0.35
    colour_grain = rng.normal(0, 0.004, picture.shape)
    picture = picture + colour_grain + rng.normal(0, 0.006, picture.shape[:2])[..., None]
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def _white_balance(scene: SceneParameters, sky: Sky) -> Floats:
    direct = sky.clear.sun_rgb * math.sin(math.radians(scene.light.sun_elevation_deg))
    light = direct * (0.3 if scene.is_overcast else 1.0) + sky.clear.sky_rgb
    gain = (light.mean() / light) ** scene.development.white_balance
    return gain / gain.mean()


def _exposure(light: Floats, scene: SceneParameters) -> float:
    """Return the gain that brings the mean to middle grey and keeps the lights from burning out."""
    luminance = light @ _LUMINANCE
    weight = np.linspace(0.7, 1.2, luminance.shape[0])[:, None] * np.ones((1, luminance.shape[1]))
    mean = math.exp(float((np.log(np.maximum(luminance, 1e-4)) * weight).sum() / weight.sum()))
    gain = _MIDDLE_GREY / mean * (_SNOW_GAIN if scene.biome == "winter" else 1.0)
    highlight = float(np.percentile(luminance, 96)) * gain
    return gain * min(1.0, 1.5 / max(highlight, 1e-6)) ** 0.75


def _film_curve(light: Floats, contrast: float, saturation: float) -> Floats:
    x = np.clip(np.log2(np.maximum(light @ _INSET.T, 1e-8)), _LOWEST_EV, _HIGHEST_EV)
    x = (x - _LOWEST_EV) / (_HIGHEST_EV - _LOWEST_EV)
    x2 = x * x
    x4 = x2 * x2
    x = 15.5 * x4 * x2 - 40.14 * x4 * x + 31.96 * x4 - 6.868 * x2 * x + 0.4298 * x2 + 0.1191 * x - 0.00232
    x = np.clip(x, 0, 1)
    grey = (x @ _LUMINANCE)[..., None]
    x = np.clip(grey + (x - grey) * saturation, 0, 1)
    return np.clip((0.47 + (x - 0.48) * contrast) @ _OUTSET.T, 0, 1)
