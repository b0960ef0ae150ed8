"""Pictures of one scene, turned, mirrored, shifted or scaled: augmented copies, overlaps."""

from __future__ import annotations

from collections.abc import Iterator

from train.audit.alike import marks
from train.audit.evidence import Evidence
from train.audit.finding import Finding, Severity, side_by_side
from wbc_edge.measure.together import together
from wbc_edge.wording import counted

MOST_SHOWN = 12


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding per source: how many scenes its pictures really show, and what groups miss."""
    for source in evidence.sources:
        pairs = [p for p in evidence.copies if p.a.source == p.b.source == source]
        if not pairs:
            continue
        apart = [p for p in pairs if p.a.sample.group != p.b.sample.group]
        cells = list({id(cell): cell for p in pairs for cell in (p.a, p.b)}.values())
        scenes = sorted(together(cells, marks(pairs)), key=len, reverse=True)
        if apart:
            verdict = f"{counted(len(apart), 'pair', 'pairs')} that no group joins"
        else:
            verdict = "all of them in one group already"
        yield Finding(
            check="copies",
            severity=Severity.WARNING if apart else Severity.NOTE,
            title=f"{source}: {len(cells):,} pictures are copies of "
            f"{counted(len(scenes), 'scene', 'scenes')}; {verdict}",
            text="Found by colour and confirmed by key points that one affine map carries from one "
            "picture onto the other. Copies are not independent: a split has to keep each scene in "
            "one part, and an interval has to resample scenes.",
            figures={
                "source": source,
                "scenes": [[cell.name for cell in scene] for scene in scenes],
                "ungrouped": [[p.a.name, p.b.name, p.reason] for p in apart],
            },
            exhibits=(
                *(
                    side_by_side(f"no group joins them; {p.reason}", (p.a, p.b))
                    for p in apart[:MOST_SHOWN]
                ),
                *(
                    side_by_side(f"{len(scene)} copies of one scene", scene)
                    for scene in scenes[: MOST_SHOWN // 2]
                ),
            ),
        )
