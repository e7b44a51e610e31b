"""Figures that explain a separation.

Each function takes a result and returns a Figure, or draws one panel on given axes. Nothing is
shown or saved here.
"""

from tdsep.plots.canvas import to_png
from tdsep.plots.joint import joint_figures, joint_sheet
from tdsep.plots.talkers import talker_figures, talker_sheet
from tdsep.plots.vocals import vocal_figures, vocal_sheet

__all__ = [
    "joint_figures",
    "joint_sheet",
    "talker_figures",
    "talker_sheet",
    "to_png",
    "vocal_figures",
    "vocal_sheet",
]
