"""Parts of the pipeline that can be left out, to measure what each is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.bank.descriptors import Descriptor
from engine.classes import VOID
from engine.layout import frozen


@dataclass(frozen=True, slots=True)
class Ablation:
    """Which parts take part; f stays as it is. By default all do.

    Attributes:
        context: retrieval ranks by mask IoU and context IoU; without, by mask IoU alone.
        scene_prior: the automatic choice favours photographs whose whole layout agrees with the painted one.
        colour_agreement: the automatic choice favours photographs of one light.
        outline_agreement: it favours segments whose outline, fitted to its box, is the region's.
        scale_agreement: it favours segments that need not be enlarged much.
        transformation: T aligns; without, the best of box fit, cover fit and the segment's own place is taken.
        ordering: the ordering network says what lies in front; without, the fixed order of classes does.
        filling: a segment's texture goes on where it does not cover its region; without, canvases have holes.
        elision: boundaries and shadows are dropped from the canvas.
        harmonise: segments are brought to one light.
    """

    context: bool = True
    scene_prior: bool = True
    colour_agreement: bool = True
    outline_agreement: bool = True
    scale_agreement: bool = True
    transformation: bool = True
    ordering: bool = True
    filling: bool = True
    elision: bool = True
    harmonise: bool = True


WHOLE = Ablation()


def without_context(descriptor: Descriptor) -> Descriptor:
    """Return a descriptor whose context agrees with nothing: retrieval ranks by mask IoU alone."""
    return replace(descriptor, context=frozen(np.full_like(descriptor.context, VOID)), valid_cells=0)
