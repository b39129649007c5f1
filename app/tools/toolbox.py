"""All tools of a session, by name."""

from __future__ import annotations

from app.session import Session
from app.tool_state import ToolName
from app.tools.brush import BrushTool
from app.tools.fill import FillTool
from app.tools.grab import GrabTool
from app.tools.move import MoveTool
from app.tools.pick import PickTool
from app.tools.polygon import LassoTool, PolygonTool
from app.tools.reveal import RevealTool
from app.tools.scissors import ScissorsTool
from app.tools.shapes import EllipseTool, LineTool, RectangleTool
from app.tools.tool import Tool


def build_tools(session: Session) -> dict[ToolName, Tool]:
    """Return a tool for every name but ``pan``, which is the view's own."""
    return {
        "brush": BrushTool(session, erase=False),
        "eraser": BrushTool(session, erase=True),
        "fill": FillTool(session),
        "line": LineTool(session),
        "rectangle": RectangleTool(session),
        "ellipse": EllipseTool(session),
        "lasso": LassoTool(session),
        "polygon": PolygonTool(session),
        "reveal": RevealTool(session),
        "pick": PickTool(session),
        "move": MoveTool(session),
        "grab": GrabTool(session),
        "scissors": ScissorsTool(session),
    }
