"""The configurations of f by name, and the network that a weight file's kind and configuration stand for."""

from __future__ import annotations

from typing import Literal, get_args

from engine.networks.checkpoint import Checkpoint, CheckpointError, config_from
from engine.networks.paper import FRAME_MULTIPLE, PaperConfig, PaperSynthesisNetwork
from engine.networks.synthesis import PADDING_MULTIPLE, SynthesisConfig, SynthesisNetwork

SYNTHESIS_KIND, PAPER_KIND = "synthesis", "paper"
"""Which network, as a weight file names it."""
ConfigurationName = Literal["default", "quality", "paper", "paper-quarter"]
CONFIGURATION_NAMES: tuple[ConfigurationName, ...] = get_args(ConfigurationName)

AnySynthesisConfig = SynthesisConfig | PaperConfig
AnySynthesisNetwork = SynthesisNetwork | PaperSynthesisNetwork


def named_configuration(
    name: ConfigurationName, classes: int, *, parametric: bool = False, copies: bool = True
) -> AnySynthesisConfig:
    """Return a configuration of f.

    ``default`` is for two cores, ``quality`` five times as much work for a GPU with no farther reach, ``paper`` the
    network of Qi et al. 2018 and ``paper-quarter`` the same with a quarter of its channels.

    Args:
        name: which.
        classes: number of classes.
        parametric: the twin that always sees an empty canvas.
        copies: whether the canvas's pixels are copied; the paper's network never does.

    Raises:
        ValueError: if no network of ours has so many classes.
    """
    match name:
        case "default":
            return SynthesisConfig(classes, parametric=parametric, copies=copies)
        case "quality":
            return SynthesisConfig(
                classes,
                embedding=16,
                widths=(64, 128, 256),
                dilations=(1, 1, 1, 1, 1, 1),
                encoder_blocks=1,
                decoder_blocks=2,
                parametric=parametric,
                copies=copies,
            )
        case "paper":
            return PaperConfig(classes, parametric=parametric)
        case "paper-quarter":
            return PaperConfig(classes, width_share=0.25, parametric=parametric)


def kind_of(config: AnySynthesisConfig) -> str:
    """Return which network a configuration is of, as its weight file names it."""
    return PAPER_KIND if isinstance(config, PaperConfig) else SYNTHESIS_KIND


def build_network(config: AnySynthesisConfig) -> AnySynthesisNetwork:
    """Build the network of a configuration, with random weights."""
    return PaperSynthesisNetwork(config) if isinstance(config, PaperConfig) else SynthesisNetwork(config)


def frame_multiple(config: AnySynthesisConfig) -> int:
    """Return what the sides of the network's frame are multiples of."""
    return FRAME_MULTIPLE if isinstance(config, PaperConfig) else PADDING_MULTIPLE


def network_of(checkpoint: Checkpoint) -> AnySynthesisNetwork:
    """Return the network a weight file holds.

    Raises:
        CheckpointError: if its configuration is of no network of ours, or its tensors do not fit it.
    """
    config_type = PaperConfig if checkpoint.kind == PAPER_KIND else SynthesisConfig
    config = config_from(config_type, checkpoint.config)
    if config.classes != len(checkpoint.table):
        raise CheckpointError(
            f"{checkpoint.path}: made for {config.classes} classes, its table has {len(checkpoint.table)}"
        )
    network = build_network(config)
    checkpoint.load_into(network)
    return network
