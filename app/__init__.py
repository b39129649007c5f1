"""The painting program: Qt on top of the engine. Never imports torch."""
