"""Checks that every whole graph and kernel shown in docs/ir.md parses, verifies and prints as it stands there.

check_ir_page.py CERMET_OPT"""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "ir.md"


def main() -> int:
    blocks = re.findall(r"^```\w*\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    blocks = [block for block in blocks if block.startswith(("graph ", "kernel "))]
    wrong = 0
    for block in blocks:
        done = subprocess.run([sys.argv[1], "-"], input=block, capture_output=True, text=True, check=False)
        if done.stdout != block:
            wrong += 1
            print(f"docs/ir.md shows\n{block}\ncermet_opt makes of it\n{done.stdout}{done.stderr}")
    print(f"{len(blocks) - wrong} of {len(blocks)} programs in docs/ir.md stand as they print")
    return 1 if wrong or len(blocks) < 3 else 0


if __name__ == "__main__":
    sys.exit(main())
