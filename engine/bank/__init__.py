"""The memory bank: photographs with their layouts, the segments they fall into, and exact retrieval among them."""
