"""Writes docs/settings.md from src/base/settings.def; with --check it fails where the page is stale."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETTING = re.compile(r'^CERMET_SETTING\((\w+), ([\w:]+), ([^,]+|""), ((?:"(?:[^"\\]|\\.)*"\s*)+)\)', re.M)
TYPES = {"bool": "0 or 1", "std::int64_t": "integer", "std::string": "text"}
HEAD = """# Settings

Every switch of Cermet, made from `src/base/settings.def` by `tools/make_settings_page.py`.
A setting is read from its environment variable at first use.

| variable | value | default | meaning |
| --- | --- | --- | --- |
"""


def default_of(text: str) -> str:
    names = {"true": "1", "false": "0", '""': "empty", "CERMET_VERIFY_DEFAULT": "1 in debug builds"}
    return names.get(text, text.strip('"'))


def page() -> str:
    rows = []
    text = (ROOT / "src" / "base" / "settings.def").read_text()
    for name, kind, default, doc in SETTING.findall(text):
        words = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', doc)).replace('\\"', '"')
        rows.append(f"| `CERMET_{name.upper()}` | {TYPES[kind]} | {default_of(default)} | {words} |\n")
    if len(rows) != text.count("\nCERMET_SETTING(") + text.startswith("CERMET_SETTING("):
        sys.exit("src/base/settings.def has a row that tools/make_settings_page.py cannot read")
    return HEAD + "".join(rows)


def main() -> int:
    target = ROOT / "docs" / "settings.md"
    if "--check" in sys.argv:
        if not target.exists() or target.read_text() != page():
            print("docs/settings.md is stale: run tools/make_settings_page.py")
            return 1
        return 0
    target.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
