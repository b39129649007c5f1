"""The three linked views: layout, canvas and image."""
