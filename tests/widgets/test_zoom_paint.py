"""What the zoom paints: each pixel has the colour of the spin that lies under it."""

import pytest

from inverse_rg.kernels import Kernel

K3 = {"size": 3, "parameters": list(Kernel.load("k3").parameters)}

PAINT = """
const canvas = document.createElement("canvas");
[canvas.width, canvas.height] = [301, 200];
const view = zoom_view.readView({ z: args.z, x: "5f3a9", y: "c01dfe77" });
const magnet = zoom_tiles.createUniverse({ seed: 2, kernel: args.kernel });
const painter = zoom_paint.createPainter(canvas);
const colours = { up: "#203040", down: "#f0e0d0" };
const { level } = zoom_paint.levelOf(view, canvas.width);
const options = { universe: magnet, level, fade: args.fade, colours };
const partial = painter.paint(view, { ...options, deadline: -1 });
const complete = painter.paint(view, { ...options, deadline: Infinity });
const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
// The spin of a level under a pixel's centre, from the place in units of 2^-200 of the torus.
const BITS = 200n;
const spinAt = (n, x, y) => {
  const along = (coordinate, pixel, extent) => {
    const away = BigInt(Math.round((pixel + 0.5 - extent / 2) * 2 ** 40)) * 2n ** (BITS - 40n);
    const moved = away / BigInt(Math.round(canvas.width * 2 ** (view.depth + 20))) * 2n ** 20n;
    const place = (coordinate << (BITS - BigInt(view.bits))) + moved;
    return BigInt.asUintN(n, place >> (BITS - BigInt(n)));
  };
  const [column, row] = [along(view.x, x, canvas.width), along(view.y, y, canvas.height)];
  const bits = BigInt(Math.log2(zoom_tiles.tileSide(n)));
  const side = 1n << bits;
  return magnet.tile(n, column >> bits, row >> bits)[Number((row % side) * side + (column % side))];
};
let wrong = 0;
let checked = 0;
for (let y = 0; y < canvas.height; y += 7) {
  for (let x = 0; x < canvas.width; x += 7) {
    const [coarse, fine] = [spinAt(level, x, y), spinAt(level + 1, x, y)];
    const mix = (down, up) => {
      const values = [down, up];
      return values[coarse] + args.fade * (values[fine] - values[coarse]);
    };
    const expected = [mix(0xf0, 0x20), mix(0xe0, 0x30), mix(0xd0, 0x40)];
    const at = 4 * (y * canvas.width + x);
    wrong += expected.some((value, i) => Math.abs(value - data[at + i]) > 1);
    checked += 1;
  }
}
const { spins, width, height } = painter.visible();
return { partial, complete, wrong, checked, level, seen: [width, height, spins.length] };
"""


@pytest.fixture(scope="module")
def paint(both_engines):
    """Return what a painter painted in Chromium, compared pixel by pixel."""
    _, chromium = both_engines
    modules = ["zoom-paint", "zoom-tiles", "zoom-view"]
    return lambda z, fade: chromium(modules, PAINT, z=z, fade=fade, kernel=K3)


@pytest.mark.parametrize(("z", "fade"), [("0", 0.4), ("0.7", 0), ("12.37", 1), ("41.5", 0.4)])
def test_pixels_have_the_colours_of_their_spins(z, fade, paint):
    found = paint(z, fade)
    assert not found["partial"]
    assert found["complete"]
    assert found["checked"] == 43 * 29
    # A pixel whose centre lies on the border of two spins may be either's.
    assert found["wrong"] <= 3
    width, height, number = found["seen"]
    assert number == width * height
    assert abs(width - 2 ** (found["level"] - float(z))) < 2
