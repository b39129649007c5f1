"""What a result says about itself: the report of the command line, and the text inside exported PNGs."""

from __future__ import annotations

import json
from typing import Any

from engine.data.sample import Provenance
from engine.document.snapshot import Settings
from engine.pipeline.results import Candidate, RegionResult, Result

TEXT_KEYWORD = "Tessera"


def export_text(result: Result, settings: Settings) -> dict[str, str]:
    """Return the text chunks of an exported PNG: what one needs to make it again, and nothing that varies.

    Args:
        result: the run whose pictures are exported.
        settings: the document's settings in that run.
    """
    facts = {
        "software": "Tessera",
        "seed": settings.seed,
        "spill": settings.spill,
        "complete": settings.complete,
        "parametric": result.parametric,
        "banks": [] if result.parametric else list(result.bank_digests),
        "weights": result.weights_digest,
    }
    return {"Software": "Tessera", TEXT_KEYWORD: json.dumps(facts, sort_keys=True, separators=(",", ":"))}


def report_of(result: Result) -> dict[str, Any]:
    """Return a result as JSON values: every region with its candidates and choice, and the time of every stage."""
    height, width = result.image.shape[:2]
    return {
        "size": [width, height],
        "parametric": result.parametric,
        "device": result.device,
        "banks": list(result.bank_digests),
        "weights": result.weights_digest,
        "regions": [_region_report(region, result) for region in result.regions],
        "stage_ms": {stage: round(ms, 3) for stage, ms in result.stage_ms.items()},
    }


def _region_report(region: RegionResult, result: Result) -> dict[str, Any]:
    bounds = region.bounds
    return {
        "record": region.record_id,
        "class": region.class_key,
        "bounds": [bounds.left, bounds.top, bounds.right, bounds.bottom],
        "area": region.area_px,
        "candidates": [_candidate_report(candidate) for candidate in region.candidates],
        "choice": _choice_report(region, result),
        "theta": None if region.theta is None else list(region.theta),
        "depth_rank": region.depth_rank,
    }


def _candidate_report(candidate: Candidate) -> dict[str, Any]:
    return {
        "segment": candidate.segment_key,
        "mask_iou": candidate.mask_iou,
        "context_iou": candidate.context_iou,
        **_origin(candidate.source_key, candidate.provenance),
    }


def _choice_report(region: RegionResult, result: Result) -> dict[str, Any] | None:
    if region.choice is None:
        return None
    origin: dict[str, str] = {}
    crop = result.segments.get(region.choice)
    if crop is not None:
        origin = _origin(crop.source_key, crop.provenance)
    return {"segment": region.choice, "chosen_by": region.chosen_by, **origin}


def _origin(source_key: str, provenance: Provenance) -> dict[str, str]:
    return {
        "source": f"{provenance.dataset}/{provenance.file}",
        "source_key": source_key,
        "author": provenance.author,
        "licence": provenance.licence,
    }
