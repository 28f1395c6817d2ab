"""`make mutate`: change the pure core in every small way there is, and see whether a test fails.

Ends with 1 when less than `SHARE` of the mutants die, when one survives that isn't in
``survivors.toml`` with the reason why it is equivalent, or when one of those dies.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CalledProcessError

from tests.mutation.mutants import MODULES, Mutant, Outcome, lay_out, try_all

SHARE = 0.85
LISTED = Path(__file__).with_name("survivors.toml")


def listed() -> dict[Mutant, str]:
    """Mutants that change nothing, with the reason."""
    rows = tomllib.loads(LISTED.read_text(encoding="utf-8")).get("survivor", [])
    return {
        Mutant(row["module"], row["definition"], row["line"], operator, row.get("nth", 1)): row[
            "reason"
        ]
        for row in rows
        for operator in row["operators"]
    }


def faults(outcome: Outcome, equivalent: dict[Mutant, str]) -> list[str]:
    """What is wrong with an outcome; nothing when all is as it should be."""
    total = len(outcome.killed) + len(outcome.survived)
    share = len(outcome.killed) / total if total else 0.0
    made = {*outcome.killed, *outcome.survived}
    died = equivalent.keys() & set(outcome.killed)
    found = [f"survived: {one}" for one in outcome.survived if one not in equivalent]
    found += [f"listed as a survivor, and died: {one}" for one in sorted(died)]
    found += [f"listed as a survivor, and isn't there: {one}" for one in equivalent.keys() - made]
    if share < SHARE:
        found.append(f"only {share:.1%} died; {SHARE:.0%} must")
    return found


def main() -> int:
    """Try the modules side by side, each in a copy of its own."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as base:
        places = [Path(base) / str(n) for n in range(len(MODULES))]
        for module, place in zip(MODULES, places, strict=True):
            place.mkdir()
            lay_out(module, place)
        with ThreadPoolExecutor(len(MODULES)) as pool:
            outcomes = list(pool.map(try_all, places))
    whole = Outcome(
        [one for outcome in outcomes for one in outcome.killed],
        [one for outcome in outcomes for one in outcome.survived],
    )
    total = len(whole.killed) + len(whole.survived)
    print(f"{total} mutants, {len(whole.killed)} died ({len(whole.killed) / total:.1%})")
    wrong = faults(whole, listed())
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CalledProcessError as fault:
        sys.exit(f"{fault.cmd[0].name} {fault.cmd[1]} failed: do the tests pass as they are?")
    except KeyboardInterrupt:
        sys.exit(130)
