"""What steps add to the network in the file that ships, and how that is taken away again.

Every node and tensor that a step adds begins with its mark, so that it can be told from the rest.
"""

from __future__ import annotations

import onnx
from onnx import helper

# What the network gives for all options of all heads, side by side.
SCORES = "scores"
# The marks of the steps that add to it, in their order.
MIDDLE, JUDGED = "middle", "judged"


def node(kind: str, inputs: list[str], output: str, **attributes: int) -> onnx.NodeProto:
    """A node that is named after what it gives."""
    return helper.make_node(kind, inputs, [output], f"{output}_node", **attributes)


def last_node(mark: str, kind: str, inputs: list[str]) -> onnx.NodeProto:
    """The node of a step that gives the scores."""
    return helper.make_node(kind, inputs, [SCORES], f"{mark}_{SCORES}")


def moved_aside(graph: onnx.GraphProto, mark: str) -> str:
    """Rename the scores that there are, so that others can take their place; gives the new name."""
    own = f"{mark}_own"
    _renamed(graph, SCORES, own)
    return own


def without(model: onnx.ModelProto, mark: str) -> onnx.ModelProto:
    """The network as it was before a step."""
    plain = onnx.ModelProto()
    plain.CopyFrom(model)
    graph = plain.graph
    for field in (graph.node, graph.initializer, graph.output):
        kept = [one for one in field if not one.name.startswith(mark)]
        del field[:]
        field.extend(kept)
    _renamed(graph, f"{mark}_own", SCORES)
    return plain


def as_exported(model: onnx.ModelProto) -> onnx.ModelProto:
    """The network before any step, whichever it has been through."""
    return without(without(model, JUDGED), MIDDLE)


def _renamed(graph: onnx.GraphProto, before: str, after: str) -> None:
    for one in graph.node:
        one.output[:] = [after if o == before else o for o in one.output]
