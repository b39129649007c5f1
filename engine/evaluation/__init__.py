"""Scoring: metrics, the evaluator of layouts, and reports."""
