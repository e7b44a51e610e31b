"""Figures that explain results.

Each function takes a result and returns a Figure, or draws one panel on given axes. Nothing is
shown or saved here.
"""

from tdsep.plots.canvas import to_png
from tdsep.plots.joint import joint_figures, joint_sheet
from tdsep.plots.parts import part_figures, part_sheet
from tdsep.plots.rank import rank_sheet
from tdsep.plots.talkers import talker_figures, talker_sheet
from tdsep.plots.topics import topic_figures, topic_sheet
from tdsep.plots.vocals import vocal_figures, vocal_sheet

__all__ = [
    "joint_figures",
    "joint_sheet",
    "part_figures",
    "part_sheet",
    "rank_sheet",
    "talker_figures",
    "talker_sheet",
    "to_png",
    "topic_figures",
    "topic_sheet",
    "vocal_figures",
    "vocal_sheet",
]
