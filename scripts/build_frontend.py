"""Copy the front-end libraries the pages need out of node_modules and build the icon sprite.

Run it after ``npm ci --ignore-scripts`` and after every change of static/icons.txt:

    python3 scripts/build_frontend.py          write static/vendor/
    python3 scripts/build_frontend.py --check  only say whether static/vendor/ is up to date

Standard library only. A file whose content is already right is left alone, so a second run changes nothing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.sax.saxutils import quoteattr

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
ICON_LIST = ROOT / "static" / "icons.txt"
ICON_NODES = MODULES / "@tabler" / "icons" / "tabler-nodes-outline.json"

# name in static/vendor/ -> file below node_modules/
COPIES: dict[str, str] = {
    "bootstrap-reboot.min.css": "bootstrap/dist/css/bootstrap-reboot.min.css",
    "bootstrap-grid.min.css": "bootstrap/dist/css/bootstrap-grid.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "echarts.min.js": "echarts/dist/echarts.min.js",
}
LICENCES: dict[str, str] = {
    "bootstrap": "bootstrap/LICENSE",
    "htmx.org": "htmx.org/LICENSE",
    "echarts": "echarts/LICENSE",
    "@tabler/icons": "@tabler/icons/LICENSE",
}


class BuildError(Exception):
    """Something the builder cannot go on without."""


def icon_names(listing: str) -> list[str]:
    """The names in static/icons.txt: one a line, # starts a comment."""
    lines = (line.split("#", 1)[0].strip() for line in listing.splitlines())
    return sorted({line for line in lines if line})


def build_sprite(names: list[str], nodes: dict[str, list[list]]) -> str:
    """One SVG holding a <symbol id="i-NAME"> per icon; stroke colour and width come from the page."""
    missing = [name for name in names if name not in nodes]
    if missing:
        raise BuildError("static/icons.txt names icons that do not exist: " + ", ".join(missing))
    symbols = []
    for name in names:
        shapes = "".join(
            "<" + tag + "".join(f" {key}={quoteattr(str(value))}" for key, value in attrs.items()) + "/>"
            for tag, attrs in nodes[name]
        )
        symbols.append(f'<symbol id="i-{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def without_source_map(data: bytes) -> bytes:
    """Drop the sourceMappingURL comment: the map is not shipped, and a manifest storage would look for it."""
    kept = [line for line in data.splitlines(keepends=True) if b"sourceMappingURL=" not in line]
    return b"".join(kept)


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BuildError(f"{path.relative_to(ROOT)} is missing: run npm ci --ignore-scripts first") from error


def wanted_files() -> dict[str, bytes]:
    """Everything static/vendor/ should hold, by name."""
    files = {name: without_source_map(read(MODULES / source)) for name, source in COPIES.items()}
    names = icon_names(read(ICON_LIST).decode("utf-8"))
    files["icons.svg"] = build_sprite(names, json.loads(read(ICON_NODES))).encode("utf-8")
    licences = []
    for package, source in LICENCES.items():
        version = json.loads(read(MODULES / package / "package.json"))["version"]
        text = read(MODULES / source).decode("utf-8").strip()
        licences.append(f"==== {package} {version} ====\n\n{text}\n")
    files["LICENSES.txt"] = "\n".join(licences).encode("utf-8")
    return files


def main(arguments: list[str]) -> int:
    try:
        files = wanted_files()
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    stale = [
        name for name, data in files.items() if not (VENDOR / name).is_file() or (VENDOR / name).read_bytes() != data
    ]
    present = [path for path in VENDOR.glob("*") if path.is_file()] if VENDOR.is_dir() else []
    extra = [path.name for path in present if path.name not in files]
    if "--check" in arguments:
        for name in stale + extra:
            print(f"static/vendor/{name} is not up to date", file=sys.stderr)
        return 1 if stale or extra else 0
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (VENDOR / name).write_bytes(files[name])
    for name in extra:
        (VENDOR / name).unlink()
    right = len(files) - len(stale)
    print(f"static/vendor: {len(stale)} written, {len(extra)} removed, {right} already right")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
