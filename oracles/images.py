"""Small image files with their pixels, as Pillow 13.0 writes and reads them: oracles/images.json.

Each case is a file in hexadecimal with its size, whether Pillow reads it as grey (modes 1, L, LA, I;16), and its pixels
as RGBA. Pillow cuts off 16-bit values instead of scaling them, so those are the nearest bytes of v / 257.

    pip install pillow==13.0.0 numpy && python3 oracles/images.py
"""

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

H, W = 5, 7
y, x = np.mgrid[0:H, 0:W]
grey = (20 + 30 * y + 9 * x).astype(np.uint8)
rgb = np.stack([grey, 255 - grey, (40 * x).astype(np.uint8)], axis=2)
alpha = (255 - 40 * ((x + y) % 7)).astype(np.uint8)
rgba = np.dstack([rgb, alpha])
deep = (grey.astype(np.uint16) * 256 + 77).astype(np.uint16)

images = {
    "L": Image.fromarray(grey),
    "RGB": Image.fromarray(rgb),
    "RGBA": Image.fromarray(rgba),
    "LA": Image.merge("LA", [Image.fromarray(grey), Image.fromarray(alpha)]),
    "1": Image.fromarray(grey).point(lambda v: 255 * (v > 110), "1"),
    "P": Image.fromarray(rgb).quantize(16),
    "I;16": Image.fromarray(deep),
}
clear = Image.fromarray(rgb).quantize(15)
clear.info["transparency"] = 3
other = Image.fromarray(255 - rgb).quantize(16)


def file(image, **options):
    out = io.BytesIO()
    image.save(out, **options)
    return out.getvalue()


files = {}
for mode in ["L", "RGB", "P"]:
    files[f"{mode}.gif"] = file(images[mode], format="GIF")
files["transparent.gif"] = file(clear, format="GIF", transparency=3)
files["interlaced.gif"] = file(images["P"], format="GIF", interlace=1)
files["animated.gif"] = file(images["P"], format="GIF", save_all=True, append_images=[other], duration=50)
for mode in ["1", "L", "RGB", "RGBA", "P"]:
    files[f"{mode}.bmp"] = file(images[mode], format="BMP")
for mode in ["1", "L", "LA", "RGB", "RGBA", "I;16"]:
    for compression in ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"]:
        files[f"{mode}-{compression}.tiff"] = file(images[mode], format="TIFF", compression=compression)
files["pages.tiff"] = file(images["RGB"], format="TIFF", save_all=True, append_images=[other.convert("RGB")])
for mode in ["1", "L", "RGB", "I;16"]:
    files[f"{mode}.pnm"] = file(images[mode], format="PPM")
files["text.pgm"] = b"P2 # by hand\n3 2\n15\n0 1 2\n13 14 15\n"
files["text.pbm"] = b"P1\n3 2\n0 1 0\n1 1 0\n"
for mode in ["RGB", "RGBA"]:
    files[f"{mode}.qoi"] = file(images[mode], format="QOI")
for mode in ["1", "L", "LA", "RGB", "RGBA", "P", "I;16"]:
    files[f"{mode}.png"] = file(images[mode], format="PNG")
files["transparent.png"] = file(clear, format="PNG")
for mode in ["RGB", "RGBA"]:
    files[f"{mode}.webp"] = file(images[mode], format="WEBP", lossless=True, exact=True)

cases = []
for name, data in files.items():
    image = Image.open(io.BytesIO(data))
    if image.mode.startswith("I"):
        near = Image.fromarray(np.rint(np.asarray(image).astype(np.float64) / 257).astype(np.uint8))
        pixels = near.convert("RGBA").tobytes()
    else:
        pixels = image.convert("RGBA").tobytes()
    is_grey = image.mode in ("1", "L", "LA") or image.mode.startswith("I")
    cases.append(
        {"name": name, "height": image.height, "width": image.width, "grey": is_grey, "file": data.hex(), "rgba": pixels.hex()}
    )

refused = {"CMYK.tiff": file(Image.fromarray(rgb).convert("CMYK"), format="TIFF"), "palette.tiff": file(images["P"], format="TIFF")}
out = {"pillow": Image.__version__, "cases": cases, "refused": {name: data.hex() for name, data in refused.items()}}
path = Path(__file__).with_name("images.json")
path.write_text(json.dumps(out, indent=0) + "\n")
print(path, len(cases), path.stat().st_size)
