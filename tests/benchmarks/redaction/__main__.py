"""How much personal data is found in dialogues on the phone, by op26x and by others, in one run on the same test set.

    python tests/benchmarks redaction

It prints the tables of docs/redaction-evaluation.md. The others are installed from PyPI into a folder that is deleted
afterwards; ``--folder`` keeps it for the next run.
"""

import argparse
import re
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from peers import AS_INSTALLED, PEERS

from op26x.redaction import Entity, Span, redact_dialogue
from op26x.redaction.names import names
from redaction.generate import MODES, SEED, GoldDialogue, gold_set, modes_of
from redaction.measure import Found, Measured, count, find, is_masked
from redaction.templates import SETS, Split
from results import machine, write

OURS = "op26x"
DEVANAGARI = re.compile("[\u0900-\u097f]")
SHARES = ("recall", "leaked", "over", "false")
Part = tuple[str, str]
"""A set and a mode."""


@dataclass
class Run:
    """What each finder made of the dialogues."""

    dialogues: dict[Part, list[GoldDialogue]]
    found: dict[str, dict[Part, list[Found]]] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)

    def everything(self) -> list[GoldDialogue]:
        """All dialogues, one part behind the other."""
        return [dialogue for dialogues in self.dialogues.values() for dialogue in dialogues]

    def add(self, finder: str, found: Sequence[Found]) -> None:
        """Takes what a finder made of `everything`."""
        left = iter(found)
        self.found[finder] = {part: [next(left) for _ in dialogues] for part, dialogues in self.dialogues.items()}

    def parts(self, mode: str = "all") -> list[Part]:
        """The parts in a mode."""
        return [part for part in self.dialogues if mode in (part[1], "all")]

    def measured(self, finder: str, parts: Sequence[Part]) -> Measured:
        """How a finder did on some parts."""
        dialogues = [dialogue for part in parts for dialogue in self.dialogues[part]]
        return count(dialogues, [found for part in parts for found in self.found[finder][part]])

    def as_json(self) -> dict[str, Any]:
        """By finder: how it did on everything, in each mode, and on each part."""
        return {
            finder: {
                "all": self.measured(finder, self.parts()).as_json(),
                "modes": {
                    mode: self.measured(finder, self.parts(mode)).as_json(labels=finder == OURS)
                    for mode in self.modes()
                },
                "sets": {
                    f"{name}, {mode}": self.measured(finder, [(name, mode)]).overall.shares()
                    for name, mode in self.dialogues
                },
            }
            for finder in self.found
        }

    def modes(self) -> list[str]:
        """The modes that there are dialogues of."""
        return [mode for mode in MODES if any(part[1] == mode for part in self.dialogues)]


def summary(run: Run) -> str:
    """All sets together, by mode."""
    lines = ["| mode | finder | recall | leaked | over | false | ms per turn |", "|---|---|--:|--:|--:|--:|--:|"]
    for mode in (*run.modes(), "all"):
        for finder in run.found:
            measured = run.measured(finder, run.parts(mode))
            shares = measured.overall.shares()
            cells = " | ".join(f"{shares[name]:.3f}" for name in SHARES)
            lines.append(f"| {mode} | {finder} | {cells} | {measured.ms_per_turn:.2f} |")
    return "\n".join(lines)


def by_part(run: Run, shares: Sequence[str]) -> str:
    """Each set in each mode, some shares of each finder side by side."""
    finders = [finder for finder in run.found if finder != AS_INSTALLED]
    heads = [f"{share}: {finder}" for share in shares for finder in finders]
    lines = [f"| set | mode | {' | '.join(heads)} |", f"|---|---|{'--:|' * len(heads)}"]
    for part in run.dialogues:
        each = {finder: run.measured(finder, [part]).overall.shares() for finder in finders}
        cells = " | ".join(f"{each[finder][share]:.2f}" for share in shares for finder in finders)
        lines.append(f"| {part[0]} | {part[1]} | {cells} |")
    return "\n".join(lines)


def by_label(run: Run, finder: str) -> str:
    """Each entity of a finder: recall by mode."""
    modes = run.modes()
    each = {mode: run.measured(finder, run.parts(mode)).labels for mode in modes}
    everywhere = run.measured(finder, run.parts()).labels
    lines = [
        f"| entity | said | recall | leaked | {' | '.join(f'recall, {mode}' for mode in modes)} |",
        f"|---|--:|--:|--:|{'--:|' * len(modes)}",
    ]
    for label, counts in sorted(everywhere.items()):
        if counts.entities:
            cells = [f"{each[mode][label].recall:.2f}" if label in each[mode] else "" for mode in modes]
            row = f"{counts.entities} | {counts.recall:.2f} | {counts.leaked:.2f} | {' | '.join(cells)}"
            lines.append(f"| `{label}` | {row} |")
    return "\n".join(lines)


def names_found(run: Run) -> dict[str, dict[str, tuple[int, float]]]:
    """Names by how many of their words are on the lists that op26x itself has: how many, and each finder's recall.

    Most values of `PERSON` are drawn from Faker, whose names op26x knows. What it does with names that nobody listed is
    seen only here. Names that are spelled, and those in Devanagari, are left out.
    """
    listed = names().given | names().family
    tally: dict[str, dict[str, list[bool]]] = {finder: defaultdict(list) for finder in run.found}
    for finder, by_dialogue in run.found.items():
        for part, dialogues in run.dialogues.items():
            for dialogue, found in zip(dialogues, by_dialogue[part], strict=True):
                for turn, spans in zip(dialogue.turns, found.spans, strict=True):
                    for span in turn.gold:
                        if span.label == Entity.PERSON and (group := _on_lists(turn.text, span, listed)):
                            tally[finder][group].append(is_masked(turn.text, span, spans))
    return {
        finder: {group: (len(each), sum(each) / len(each)) for group, each in groups.items()}
        for finder, groups in tally.items()
    }


def _on_lists(text: str, span: Span, listed: frozenset[str]) -> str:
    words = re.findall(r"[^\W\d_]+", text[span.start : span.end].lower())
    whole = [word for word in words if len(word) > 2]
    if not whole or len(words) - len(whole) > 2 or DEVANAGARI.search(text):
        return ""
    known = sum(word in listed for word in whole)
    return "all" if known == len(whole) else "some" if known else "none"


def by_names(run: Run) -> str:
    """The table of `names_found`."""
    found = names_found(run)
    lines = [f"| words on lists | said | {' | '.join(found)} |", f"|---|--:|{'--:|' * len(found)}"]
    for group in ("all", "some", "none"):
        cells = " | ".join(f"{groups[group][1]:.2f}" for groups in found.values())
        lines.append(f"| {group} | {found[OURS][group][0]} | {cells} |")
    return "\n".join(lines)


def misses(run: Run, finder: str) -> str:
    """Every entity that is not masked whole, between brackets in its turn; what is masked is asterisks."""
    lines = []
    for part, dialogues in run.dialogues.items():
        for dialogue, found in zip(dialogues, run.found[finder][part], strict=True):
            for turn, spans in zip(dialogue.turns, found.spans, strict=True):
                masked = {place for span in spans for place in range(span.start, span.end)}
                for span in turn.gold:
                    if not is_masked(turn.text, span, spans):
                        lines.append(f"{' '.join(part)} {span.label}: {_shown(turn.text, span, masked)}")
    return "\n".join(lines)


def _shown(text: str, span: Span, masked: set[int]) -> str:
    said = "".join("*" if place in masked and not char.isspace() else char for place, char in enumerate(text))
    return f"{said[: span.start]}[{said[span.start : span.end]}]{said[span.end :]}"


def main() -> None:
    """Measures, prints, and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=get_args(Split), default="test")
    parser.add_argument("--rounds", type=int, default=4, help="how often each template is filled in each mode")
    parser.add_argument("--peers", default=",".join(peer.name for peer in PEERS), help="which, with commas")
    parser.add_argument("--folder", type=Path, help="where the peers are installed, and stay")
    parser.add_argument("--misses", action="store_true", help="print what op26x missed, too")
    parser.add_argument("--json", type=Path, default=Path("build/bench/redaction.json"), help="where the result goes")
    given = parser.parse_args()
    parts = [(name, mode) for name in SETS for mode in modes_of(name)]
    run = Run({(name, mode): gold_set(name, given.split, mode, given.rounds) for name, mode in parts})
    everything = run.everything()
    run.add(OURS, find(everything, redact_dialogue))
    with tempfile.TemporaryDirectory(prefix="op26x-peers-") as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for peer in PEERS:
            if peer.name in given.peers.split(","):
                found, packages = peer.find(everything, folder)
                run.add(peer.name, found)
                run.packages.update(packages)
    print(
        summary(run), by_part(run, SHARES[:2]), by_part(run, SHARES[2:]), by_label(run, OURS), by_names(run), sep="\n\n"
    )
    if given.misses:
        print("", misses(run, OURS), sep="\n")
    result = {
        "machine": machine(["op26x", "faker"]),
        "peers": run.packages,
        "split": given.split,
        "rounds": given.rounds,
        "seed": SEED,
        "finders": run.as_json(),
        "names": names_found(run),
    }
    write(result, given.json)


main()
