"""Photographs with layouts, read from data sets and prepared for the bank and for training."""
