"""The thin layer between an explorer's drawing function and ipywidgets, which is imported late."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Iterable
from typing import Any

_LABEL = {"description_width": "initial"}


def one(label: str, options: Iterable, value):
    """Return a menu of which one entry is chosen."""
    import ipywidgets

    return ipywidgets.Dropdown(options=tuple(options), value=value, description=label, style=_LABEL)


def several(label: str, options: Iterable, value: Iterable):
    """Return a list of which several entries are chosen."""
    import ipywidgets

    return ipywidgets.SelectMultiple(
        options=tuple(options), value=tuple(value), rows=6, description=label, style=_LABEL
    )


def switch(label: str, value: bool):
    """Return a box to tick."""
    import ipywidgets

    return ipywidgets.Checkbox(value=value, description=label, indent=False, style=_LABEL)


def slider(label: str, value: float, minimum: float, maximum: float):
    """Return a slider that reports where it comes to rest, in a hundredth."""
    import ipywidgets

    return ipywidgets.FloatSlider(
        value, min=minimum, max=maximum, step=0.01, description=label,
        continuous_update=False, style=_LABEL,
    )  # fmt: skip


def live(draw: Callable[..., None], *, alt: str, **controls: Any):
    """Return `controls` over the figure that ``draw(ax, **values)`` makes at every change.

    What `draw` refuses with a ValueError is said in place of the figure.

    Parameters
    ----------
    draw : callable
        Takes an `ax` and one keyword for each control.
    alt : str
        The figure in words, for those who do not see it.
    **controls
        Widgets with a ``value``, by the keyword that takes it.
    """
    import ipywidgets

    place = ipywidgets.HTML()

    def refresh(_change=None):
        values = {name: control.value for name, control in controls.items()}
        try:
            place.value = _picture(draw, values, alt)
        except ValueError as error:
            place.value = f'<p role="status">{html.escape(str(error))}</p>'

    for control in controls.values():
        control.observe(refresh, names="value")
    refresh()
    row = ipywidgets.Box(
        list(controls.values()), layout={"flex_flow": "row wrap", "align_items": "flex-start"}
    )
    return ipywidgets.VBox([row, place])


def _picture(draw: Callable[..., None], values: dict[str, Any], alt: str) -> str:
    """Return an <img> with the figure itself in it."""
    from matplotlib.figure import Figure  # not pyplot's: a notebook would show it a second time

    figure = Figure()
    draw(figure.subplots(), **values)
    content = io.BytesIO()
    figure.savefig(content, format="png")
    text = base64.b64encode(content.getvalue()).decode()
    return f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{text}" style="width: 640px">'
