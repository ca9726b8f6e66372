// INVARIANTS
// - Nothing throws and nothing grows without bound, whatever a flow file holds: coordinates that are none or far out are left out, and told.
// - What is drawn is inside of the box: x from 0 to `width`, y from 0 to `height`.

/** A node as a box; `x` and `y` are its upper left corner. */
export type DrawnNode = {
  id: string;
  type: string;
  label: string;
  /** `small`: a square without its label, as links are. */
  shape: 'node' | 'small' | 'junction' | 'comment';
  isDisabled: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
  inputs: boolean;
  outputs: number;
};
export type DrawnGroup = { id: string; label: string; x: number; y: number; width: number; height: number };
/** A wire by its ends: the node and output where it begins, the node where it ends. */
export type DrawnWire = { from: string; output: number; to: string };
/** What of a tab can be drawn. `leftOut`: nodes without a usable place. */
export type Drawing = { nodes: DrawnNode[]; groups: DrawnGroup[]; wires: DrawnWire[]; leftOut: number };

type Properties = Record<string, unknown>;

/** As in Node-RED's editor: boxes are at least so wide and high, widths are multiples of the grid. */
const widthMin = 100;
const heightMin = 30;
const grid = 20;
const outputGap = 13;
const outputHeight = 15;
const characterWidth = 7.2;
const labelMax = 40;
const coordinateMax = 20_000;
const nodesMax = 2_000;

function isProperties(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function coordinate(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= coordinateMax ? value : null;
}

function shorten(label: string): string {
  return label.length > labelMax ? `${label.slice(0, labelMax - 1)}…` : label;
}

function outputsOf(node: Properties): unknown[][] {
  const wires = node['wires'];
  return Array.isArray(wires) ? wires.map((output: unknown): unknown[] => (Array.isArray(output) ? output : [output])) : [];
}

function labelOf(node: Properties, subflows: ReadonlyMap<string, string>): string {
  const type = text(node['type']);
  const own = text(node['name']) || text(node['label']);
  if (own !== '') return own;
  return type.startsWith('subflow:') ? (subflows.get(type.slice('subflow:'.length)) ?? type) : type;
}

/** Labels can be switched off (`l`); those of links are off unless switched on. */
function shapeOf(node: Properties, type: string): DrawnNode['shape'] {
  if (type === 'junction' || type === 'comment') return type;
  const isLink = type === 'link in' || type === 'link out';
  return node['l'] === false || (isLink && node['l'] !== true) ? 'small' : 'node';
}

function sizeOf(shape: DrawnNode['shape'], type: string, label: string, outputs: number): { width: number; height: number } {
  if (shape === 'junction') return { width: 10, height: 10 };
  if (shape === 'small') return { width: heightMin, height: Math.max(heightMin, outputs * outputHeight) };
  const wanted = label.length * characterWidth + (type === 'comment' ? 30 : 46);
  return {
    width: Math.max(widthMin, Math.ceil(wanted / grid) * grid),
    height: Math.max(heightMin, outputs * outputHeight),
  };
}

function toNode(node: Properties, subflows: ReadonlyMap<string, string>, targets: ReadonlySet<string>): DrawnNode | null {
  const [x, y] = [coordinate(node['x']), coordinate(node['y'])];
  if (x === null || y === null) return null;
  const [id, type] = [text(node['id']), text(node['type'])];
  const label = shorten(labelOf(node, subflows));
  const shape = shapeOf(node, type);
  const outputs = Math.min(outputsOf(node).length, 100);
  const { width, height } = sizeOf(shape, type, label, outputs);
  const place = { x: x - width / 2, y: y - height / 2, width, height };
  return { id, type, label, shape, isDisabled: node['d'] === true, ...place, inputs: targets.has(id), outputs };
}

function toGroup(node: Properties): DrawnGroup | null {
  const [x, y, width, height] = ['x', 'y', 'w', 'h'].map((name) => coordinate(node[name]));
  if (x == null || y == null || width == null || height == null || width <= 0 || height <= 0) return null;
  return { id: text(node['id']), label: shorten(text(node['name'])), x, y, width, height };
}

/** What stands on a tab, or in a subflow, as its editor shows it. */
export function drawingOf(flows: readonly unknown[], tabId: string): Drawing {
  const all = flows.filter(isProperties);
  const subflows = new Map(all.flatMap((node) => (node['type'] === 'subflow' ? [[text(node['id']), text(node['name'])] as const] : [])));
  const here = all.filter((node) => node['z'] === tabId && node['type'] !== 'subflow' && node['type'] !== 'tab');
  const wires = here.flatMap((node) =>
    outputsOf(node).flatMap((targets, output) =>
      targets.flatMap((to) => (typeof to === 'string' ? [{ from: text(node['id']), output, to }] : [])),
    ),
  );
  const targets = new Set(wires.map(({ to }) => to));
  const groups = here.flatMap((node) => (node['type'] === 'group' ? (toGroup(node) ?? []) : []));
  // Config nodes of a tab have no place: they are not drawn in the editor either.
  const placed = here.filter((node) => node['type'] !== 'group' && ('x' in node || 'y' in node));
  const nodes = placed.slice(0, nodesMax).flatMap((node) => toNode(node, subflows, targets) ?? []);
  const drawn = new Set(nodes.map(({ id }) => id));
  const between = wires.filter(({ from, to }) => drawn.has(from) && drawn.has(to));
  return { nodes, groups, wires: between, leftOut: placed.length - nodes.length };
}

/** Where a wire leaves a node. */
export function outputPlace({ x, y, width, height, outputs }: DrawnNode, output: number): { x: number; y: number } {
  return { x: x + width, y: y + height / 2 + (output - (outputs - 1) / 2) * outputGap };
}

/** Where wires enter a node. */
export function inputPlace({ x, y, height }: DrawnNode): { x: number; y: number } {
  return { x, y: y + height / 2 };
}
