"""Layers of KerasHub, whose package as a whole wants TensorFlow and much else: `pip install --no-deps keras-hub` is enough here, since only the files of
the layers are imported."""

import importlib
import importlib.util
import os
import sys
import types

PACKAGES = ("keras_hub", "keras_hub.src", "keras_hub.src.layers", "keras_hub.src.layers.modeling", "keras_hub.src.utils", "keras_hub.src.vllm")


def find():
    """The folder that holds the package keras_hub, or None."""
    spec = importlib.util.find_spec("keras_hub")
    return os.path.dirname(spec.submodule_search_locations[0]) if spec else None


def layer(kind):
    """The class of the KerasHub layer `kind`, a name in snake_case."""
    if "keras_hub" not in sys.modules:
        folder = find()
        if folder is None:
            raise SystemExit("keras_hub is not installed: pip install --no-deps keras-hub")
        for name in PACKAGES:  # packages that import nothing by themselves
            module = types.ModuleType(name)
            module.__path__ = [os.path.join(folder, *name.split("."))]
            sys.modules[name] = module
    module = importlib.import_module("keras_hub.src.layers.modeling." + kind)
    return getattr(module, "".join(word.capitalize() for word in kind.split("_")))
