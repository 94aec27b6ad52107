"""Writes the pictures and what Pillow (libjpeg-turbo) makes of them: python pillow.py"""
import hashlib
import json

import numpy as np
from PIL import Image, features

r = np.random.default_rng(0)
wants = {}
for k, (w, h, sampling, more) in enumerate([
    (67, 45, "4:4:4", {}), (67, 45, "4:2:2", {}), (67, 45, "4:2:0", {}), (64, 64, "4:2:0", {"quality": 95}), (5, 3, "4:2:0", {}), (4, 4, "4:2:0", {}),
    (1, 1, "4:2:0", {}), (3, 9, "4:2:2", {}), (50, 33, "4:2:0", {"restart_marker_blocks": 3}), (50, 33, "4:2:0", {"optimize": True, "quality": 30}),
    (33, 50, "grey", {}), (40, 40, "4:2:0", {"quality": 100}), (120, 90, "4:2:2", {"quality": 85, "optimize": True}),
]):
    y, x = np.mgrid[:h, :w]
    waves = [np.sin(x / r.uniform(2, 15) + r.uniform(0, 6)) * np.cos(y / r.uniform(2, 15)) for _ in range(3)]
    a = np.clip(np.stack(waves, -1) * 110 + 128 + r.normal(0, 12, (h, w, 3)), 0, 255).astype("uint8")
    name = f"{k:02}.jpg"
    if sampling == "grey":
        Image.fromarray(a[..., 0]).save(name, **more)
    else:
        Image.fromarray(a).save(name, subsampling=sampling, **more)
    p = Image.open(name)
    p.load()
    grey = Image.open(name)
    grey.draft("L", None)
    assert grey.mode == "L"
    wants[name] = {"size": p.size, "rgb": hashlib.sha256(p.convert("RGB").tobytes()).hexdigest(), "grey": hashlib.sha256(grey.tobytes()).hexdigest()}
json.dump(wants, open("pillow.json", "w"), indent=1)
print(features.version("libjpeg_turbo"))
