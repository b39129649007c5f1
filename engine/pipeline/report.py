"""What a result says about itself: the report of the command line, and the text inside exported PNGs."""

from __future__ import annotations

import json
from typing import Any

from engine.data.sample import Provenance
from engine.document.record import Mood, RegionRecord
from engine.document.snapshot import Settings
from engine.pipeline.provenance import credit_rows
from engine.pipeline.results import Candidate, Contact, RegionResult, Result

TEXT_KEYWORD = "Tessera"
CREDITS_KEYWORD = "Credits"


def export_text(result: Result, settings: Settings) -> dict[str, str]:
    """Return the text chunks of an exported PNG: what one needs to make it again, and nothing that varies.

    Args:
        result: the run whose pictures are exported.
        settings: the document's settings in that run.
    """
    facts = {
        "software": "Tessera",
        **_settings_report(settings),
        "parametric": result.parametric,
        "banks": [] if result.parametric else list(result.bank_digests),
        "weights": result.weights_digest,
    }
    return {
        "Software": "Tessera",
        TEXT_KEYWORD: _compact(facts),
        CREDITS_KEYWORD: _compact(credit_rows(result)),
    }


def report_of(result: Result) -> dict[str, Any]:
    """Return a result as JSON values: every region with its candidates and choice, and the time of every stage."""
    height, width = result.image.shape[:2]
    return {
        "size": [width, height],
        "parametric": result.parametric,
        "device": result.device,
        "banks": list(result.bank_digests),
        "weights": result.weights_digest,
        "settings": _settings_report(result.settings),
        "missing": list(result.missing),
        "regions": [_region_report(region, result) for region in result.regions],
        "credits": credit_rows(result),
        "stage_ms": {stage: round(ms, 3) for stage, ms in result.stage_ms.items()},
    }


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _settings_report(settings: Settings) -> dict[str, Any]:
    return {
        "seed": settings.seed,
        "spill": settings.spill,
        "complete": settings.complete,
        "mood": _mood_report(settings.mood),
        "scene_weight": settings.scene_weight,
    }


def _region_report(region: RegionResult, result: Result) -> dict[str, Any]:
    bounds, placement = region.bounds, region.placement
    record = next((r for r in result.records or () if r.id == region.record_id), None)
    return {
        "record": region.record_id,
        "class": region.class_key,
        "bounds": [bounds.left, bounds.top, bounds.right, bounds.bottom],
        "area": region.area_px,
        "candidates": [_candidate_report(candidate) for candidate in region.candidates],
        "choice": _choice_report(region, result),
        "theta": None if region.theta is None else list(region.theta),
        "theta_network": None if placement is None else list(placement.theta_network),
        "spill": None if placement is None else placement.spill,
        "depth_rank": region.depth_rank,
        "contacts": [_contact_report(contact) for contact in region.contacts],
        "fit": region.fit,
        "poor_fit": region.is_poor_fit,
        "reveals": [
            {"segment": item.segment_key, "theta": list(item.theta), **_origin_of(item.segment_key, result)}
            for item in result.items
            if item.is_reveal and item.record_id == region.record_id
        ],
        **({} if record is None else _record_report(record)),
    }


def _record_report(record: RegionRecord) -> dict[str, Any]:
    return {
        "locked": record.locked,
        "banned": list(record.banned),
        "banned_sources": list(record.banned_sources),
        "in_front_of": list(record.in_front_of),
        "mood": None if record.mood is None else _mood_report(record.mood),
    }


def _mood_report(mood: Mood) -> dict[str, Any]:
    return {"like": mood.like, "warmth": mood.warmth, "brightness": mood.brightness}


def _contact_report(contact: Contact) -> dict[str, Any]:
    return {
        "record": contact.record_id,
        "in_front": contact.in_front,
        "confidence": round(contact.confidence, 6),
        "decided_by": contact.decided_by,
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
    return {"segment": region.choice, "chosen_by": region.chosen_by, **_origin_of(region.choice, result)}


def _origin_of(segment_key: str, result: Result) -> dict[str, str]:
    crop = result.segments.get(segment_key)
    return {} if crop is None else _origin(crop.source_key, crop.provenance)


def _origin(source_key: str, provenance: Provenance) -> dict[str, str]:
    return {
        "source": f"{provenance.dataset}/{provenance.file}",
        "source_key": source_key,
        "author": provenance.author,
        "licence": provenance.licence,
    }
