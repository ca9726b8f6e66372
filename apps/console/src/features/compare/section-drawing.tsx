import type { DiffSection } from '@sluice/contracts';
import { useMemo } from 'react';
import { drawingOf } from '../drawing/drawing.ts';
import { FlowDrawing } from '../drawing/flow-drawing.tsx';
import { overlay } from '../drawing/overlay.ts';

/** The flows of both sides. */
export type FlowSides = { before: readonly unknown[]; after: readonly unknown[] };

/** A tab with what changed marked: what came, went, changed or only moved. */
export function SectionDrawing({ section, sides, label }: { section: DiffSection; sides: FlowSides; label: string }) {
  const drawing = useMemo(() => {
    const id = section.id ?? '';
    const changed = new Set(section.nodes.map((node) => node.id));
    const moved = new Set(section.cosmetic.map((node) => node.id));
    return overlay(drawingOf(sides.before, id), drawingOf(sides.after, id), { changed, moved });
  }, [section, sides]);
  return <FlowDrawing drawing={drawing} label={label} />;
}
