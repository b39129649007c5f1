"""Networks: tensors in, tensors out. Files, devices and numpy belong to the pipeline and to training."""
