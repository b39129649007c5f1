"""Training of every network, from a memory bank, on a CPU or with CUDA, in many short resumable runs."""
