import './flow-drawing.css';
import { useMemo } from 'react';
import { formatCountOf } from '../../format/count.ts';
import { type DrawnNode, inputPlace, outputPlace } from './drawing.ts';
import type { Mark, MarkedDrawing } from './overlay.ts';

const margin = 24;
const portRadius = 4;
const bendMax = 75;

const signs: Readonly<Record<Mark, string>> = { same: '', added: '+', removed: '−', changed: '~', moved: '↔' };

type Box = { x: number; y: number; width: number; height: number };

/** The box around everything. */
function boundsOf({ nodes, groups }: MarkedDrawing): Box {
  const boxes: readonly Box[] = [...nodes, ...groups];
  const x = boxes.reduce((least, box) => Math.min(least, box.x), Number.POSITIVE_INFINITY) - margin;
  const y = boxes.reduce((least, box) => Math.min(least, box.y), Number.POSITIVE_INFINITY) - margin;
  const right = boxes.reduce((most, box) => Math.max(most, box.x + box.width), Number.NEGATIVE_INFINITY);
  const bottom = boxes.reduce((most, box) => Math.max(most, box.y + box.height), Number.NEGATIVE_INFINITY);
  return { x, y, width: right - x + margin, height: bottom - y + margin };
}

function wirePath(from: DrawnNode, output: number, to: DrawnNode): string {
  const [start, end] = [outputPlace(from, output), inputPlace(to)];
  const bend = Math.min(bendMax, Math.max(24, Math.abs(end.x - start.x) / 2 + Math.abs(end.y - start.y) / 8));
  return `M ${start.x} ${start.y} C ${start.x + bend} ${start.y} ${end.x - bend} ${end.y} ${end.x} ${end.y}`;
}

function NodeBox({ node }: { node: MarkedDrawing['nodes'][number] }) {
  const { x, y, width, height, label, shape, mark, type } = node;
  const input = inputPlace(node);
  return (
    <g
      className="sl-drawing-node"
      data-mark={mark}
      data-comment={shape === 'comment' || undefined}
      data-disabled={node.isDisabled || undefined}
    >
      <title>{`${label} (${type})`}</title>
      <rect x={x} y={y} width={width} height={height} rx={shape === 'junction' ? 5 : 6} />
      {shape === 'junction' || shape === 'small' ? null : (
        <text x={x + width / 2} y={y + height / 2} textAnchor="middle" dominantBaseline="central">
          {label}
        </text>
      )}
      {node.inputs && shape !== 'junction' ? <circle cx={input.x} cy={input.y} r={portRadius} /> : null}
      {shape === 'junction'
        ? null
        : Array.from({ length: node.outputs }, (_, output) => {
            const place = outputPlace(node, output);
            return <circle key={place.y} cx={place.x} cy={place.y} r={portRadius} />;
          })}
      {mark === 'same' ? null : (
        <text className="sl-drawing-sign" x={x + 5} y={y - 6}>
          {signs[mark]}
        </text>
      )}
    </g>
  );
}

function Groups({ groups }: Pick<MarkedDrawing, 'groups'>) {
  return groups.map(({ id, label, x, y, width, height }) => (
    <g key={id} className="sl-drawing-group">
      <rect x={x} y={y} width={width} height={height} rx={6} />
      <text x={x + 8} y={y + 14}>
        {label}
      </text>
    </g>
  ));
}

/** A tab as Node-RED's editor shows it, with what changed marked. The list beside it says the same in words. */
export function FlowDrawing({ drawing, label }: { drawing: MarkedDrawing; label: string }) {
  const bounds = useMemo(() => boundsOf(drawing), [drawing]);
  const byId = useMemo(() => new Map(drawing.nodes.map((node) => [node.id, node])), [drawing]);
  if (drawing.nodes.length === 0) return null;
  const isMarked = [...drawing.nodes, ...drawing.wires].some(({ mark }) => mark !== 'same');
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="sl-drawing" tabIndex={0} aria-label={label}>
        <svg
          role="img"
          aria-label={label}
          width={bounds.width}
          height={bounds.height}
          viewBox={`${bounds.x} ${bounds.y} ${bounds.width} ${bounds.height}`}
        >
          <Groups groups={drawing.groups} />
          {drawing.wires.map(({ from, output, to, mark }) => {
            const [start, end] = [byId.get(from), byId.get(to)];
            if (start === undefined || end === undefined) return null;
            return (
              <path key={`${from} ${output} ${to} ${mark}`} className="sl-drawing-wire" data-mark={mark} d={wirePath(start, output, end)} />
            );
          })}
          {drawing.nodes.map((node) => (
            <NodeBox key={`${node.mark} ${node.id}`} node={node} />
          ))}
        </svg>
      </section>
      {isMarked ? (
        <p className="sl-small sl-dim" style={{ margin: 0, padding: '6px 18px' }}>
          + added, − removed, ~ changed, ↔ only looks different
        </p>
      ) : null}
      {drawing.leftOut === 0 ? null : (
        <p className="sl-small sl-dim" style={{ margin: 0, padding: '6px 18px' }}>
          {formatCountOf(drawing.leftOut, 'node')} without a place that can be drawn.
        </p>
      )}
    </>
  );
}
