import type {
  DiffHunk,
  DiffRestart,
  DiffSection,
  EndpointDifference,
  NodeChange,
  PlaceChange,
  SnapshotDifference,
} from '@sluice/contracts';
import type { Paint, Tone } from '../output/paint.ts';
import { fitText, plainText } from '../output/text-width.ts';

export type DiffStyle = { paint: Paint /** Line by line, what changed inside nodes. */; isDetailed: boolean };

const valueWidth = 100;
const tones: Readonly<Record<string, Tone>> = { added: 'good', '+': 'good', removed: 'bad', '-': 'bad', changed: 'warning' };
const marks = { added: '+', removed: '-', changed: '~' } as const;

const value = (json: unknown): string => fitText(plainText(JSON.stringify(json)), valueWidth);
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
/** Code keeps its indentation, but cannot move the cursor. */
const code = (text: string): string => `${/^\s*/.exec(text)?.[0].replaceAll('\t', '  ') ?? ''}${plainText(text)}`;

function hunkLines(hunks: readonly DiffHunk[], paint: Paint): string[] {
  return hunks.flatMap(({ beforeStart, lines }) => [
    paint('dim', `@@ line ${beforeStart} @@`),
    ...lines.map(({ change, text }) => paint(tones[change] ?? 'plain', `${change} ${code(text)}`)),
  ]);
}

function changeLines(change: PlaceChange, paint: Paint): string[] {
  const pointer = plainText(change.pointer);
  switch (change.kind) {
    case 'added':
      return [paint('good', `${pointer}: ${value(change.after)}`)];
    case 'removed':
      return [paint('bad', `${pointer}: ${value(change.before)} is gone`)];
    case 'replaced':
      return [`${pointer}: ${paint('bad', value(change.before))} → ${paint('good', value(change.after))}`];
    case 'reordered':
      return [`${pointer}: in another order`];
    case 'text':
    case 'list':
      return [`${pointer}:`, ...hunkLines(change.hunks, paint).map((line) => `  ${line}`)];
  }
}

function nodeLines(node: NodeChange, { paint, isDetailed }: DiffStyle): string[] {
  const name = node.name === null ? '' : ` "${plainText(node.name)}"`;
  const head = paint(tones[node.change] ?? 'plain', `${marks[node.change]} ${plainText(node.type)}${name} (${plainText(node.id)})`);
  const title = `  ${head} ${paint('dim', node.class)}`;
  if (node.change !== 'changed' || !isDetailed) return [title];
  const wires = [
    ...node.connected.map((wire) => `wire to ${plainText(wire.to)} is new`),
    ...node.disconnected.map((wire) => `wire to ${plainText(wire.to)} is gone`),
  ];
  const properties = node.changes.filter((change) => change.class !== 'wiring' || wires.length === 0);
  return [title, ...[...properties.flatMap((change) => changeLines(change, paint)), ...wires].map((line) => `      ${line}`)];
}

const sectionKinds = {
  tab: 'Tab',
  subflow: 'Subflow',
  global: 'Config nodes outside of tabs',
  absent: 'A tab that the file does not hold',
} as const;

function sectionLines(section: DiffSection, style: DiffStyle): string[] {
  const label = section.label === null ? (section.id ?? '') : `"${section.label}"`;
  const title = plainText(`${sectionKinds[section.kind]} ${label}`);
  const moved = section.cosmetic.length;
  return [
    '',
    `${title} ${style.paint('dim', section.class)}`,
    ...section.nodes.flatMap((node) => nodeLines(node, style)),
    ...(moved === 0 ? [] : [style.paint('dim', `  ${counted(moved, 'node')} only moved or renamed`)]),
  ];
}

/** A tab that came or went counts, even when nothing stands on it. */
const isMaterial = (section: DiffSection): boolean => section.nodes.length > 0;

/** Sections in which nothing but looks changed, in one line. */
function cosmeticLines(sections: readonly DiffSection[], paint: Paint): string[] {
  const others = sections.filter((section) => !isMaterial(section));
  const nodes = others.reduce((sum, { cosmetic }) => sum + cosmetic.length, 0);
  if (nodes === 0) return [];
  const where =
    others.length === 1
      ? `in ${others.map(({ label, id }) => plainText(label ?? id ?? 'global')).join('')}`
      : `in ${others.length} other places`;
  return ['', paint('dim', `${counted(nodes, 'more node')} only moved or renamed, ${where}`)];
}

function endpointLine(change: EndpointDifference, paint: Paint): string {
  const endpoint = change.change === 'removed' ? change.before : change.after;
  const from = change.change === 'changed' && change.before.address !== endpoint.address ? `${change.before.address} → ` : '';
  const aspects = change.change === 'changed' ? ` (${change.aspects.join(', ')})` : '';
  return paint(
    tones[change.change] ?? 'plain',
    `  ${marks[change.change]} ${endpoint.kind} ${plainText(`${from}${endpoint.address}${aspects}`)}`,
  );
}

/** How many names of nodes a sentence holds. */
const namesShown = 10;

/** Nodes by what people call them, where the difference says it. */
function namesIn(diff: SnapshotDifference): ReadonlyMap<string, string> {
  const nodes = diff.sections.flatMap((section) => section.nodes);
  return new Map(nodes.map(({ id, type, name }) => [id, plainText(name === null ? `${type} ${id}` : `"${name}"`)]));
}

function restartLines(diff: SnapshotDifference): string[] {
  const names = namesIn(diff);
  const listed = (verb: string, ids: readonly string[]): string[] => {
    const shown = ids.slice(0, namesShown).map((id) => names.get(id) ?? plainText(id));
    const more = ids.length > namesShown ? ` and ${ids.length - namesShown} more` : '';
    return ids.length === 0 ? [] : [`  ${verb}: ${shown.join(', ')}${more}`];
  };
  const { scope, restarted, started, stopped, rewired } = diff.restart;
  if (scope !== 'nodes') return [restartSentence(diff.restart)];
  return [
    restartSentence(diff.restart),
    ...listed('restart', restarted),
    ...listed('start', started),
    ...listed('stop', stopped),
    ...listed('send elsewhere', rewired),
  ];
}

function restartSentence({ scope, reasons, restarted, started, stopped, rewired }: DiffRestart): string {
  const because = reasons.length === 0 ? '' : ` (${reasons.map((reason) => reason.replaceAll('_', ' ')).join(', ')})`;
  switch (scope) {
    case 'none':
      return 'On a device nothing restarts.';
    case 'nodes':
      return `On a device ${counted(restarted.length, 'node')} restart, ${started.length} start, ${stopped.length} stop, ${rewired.length} only send elsewhere.`;
    case 'flows':
      return `On a device all flows restart${because}.`;
    case 'process':
      return `On a device Node-RED restarts${because}.`;
  }
}

/** How many places have their gravest change in each class, gravest first. */
function classesSentence({ counts }: SnapshotDifference): string {
  const present = Object.entries(counts.classes).filter(([, count]) => count > 0);
  return present
    .map(([name, count]) => `${count} ${name}`)
    .toReversed()
    .join(', ');
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function surroundings(diff: SnapshotDifference, paint: Paint): string[] {
  const { nodeRed } = diff.runtime;
  return [
    ...titled(
      'Modules',
      diff.modules.map(({ name, before, after }) => `  ${plainText(name)}: ${plainText(before ?? 'none')} → ${plainText(after ?? 'none')}`),
    ),
    ...(nodeRed === null ? [] : ['', `Node-RED: ${plainText(nodeRed.before ?? 'unknown')} → ${plainText(nodeRed.after ?? 'unknown')}`]),
    ...titled(
      'Variables',
      diff.variables.map(({ name, before, after, needsValue }) => {
        const change = before === null ? 'added' : after === null ? 'removed' : 'changed';
        return paint(tones[change] ?? 'plain', `  ${marks[change]} ${name}${needsValue ? ' needs a value' : ''}`);
      }),
    ),
    ...titled(
      'Settings',
      diff.settings.flatMap((change) => changeLines(change, paint).map((line) => `  ${line}`)),
    ),
  ];
}

/** A difference for people: what it is in a line, then tab by tab, and what it means outside. */
export function diffLines(names: { before: string; after: string }, diff: SnapshotDifference, style: DiffStyle): string[] {
  const { paint } = style;
  const title = `${plainText(names.before)} → ${plainText(names.after)}`;
  if (diff.class === null) return [`${title}: no differences`];
  const { nodes } = diff.counts;
  const summary = `${nodes.added} added, ${nodes.removed} removed, ${nodes.changed} changed, ${nodes.cosmetic} cosmetic`;
  return [
    `${title}: ${summary}; gravest change: ${diff.class}`,
    ...(classesSentence(diff) === '' ? [] : [`By class: ${classesSentence(diff)}`]),
    ...diff.sections.filter(isMaterial).flatMap((section) => sectionLines(section, style)),
    ...cosmeticLines(diff.sections, paint),
    ...surroundings(diff, paint),
    ...titled(
      'Outside world',
      diff.endpoints.map((change) => endpointLine(change, paint)),
    ),
    ...titled(
      'Look at these',
      diff.risks.map(({ code: risk, nodeIds, address }) =>
        paint(
          'bad',
          `  ! ${risk.replaceAll('_', ' ')}${address === null ? '' : ` at ${plainText(address)}`} (${nodeIds.map(plainText).join(', ')})`,
        ),
      ),
    ),
    '',
    ...restartLines(diff),
  ];
}
