import type { ChangesView, NodeChangeView, SectionView, StatusView } from '../view.ts';
import { element } from './dom.ts';
import { noteNotice } from './notices.ts';
import { words } from './words.ts';

type Changes = readonly HTMLElement[];

function classBadge(name: string, text = name): HTMLElement {
  return element('span', { class: `sluice-badge sluice-class-${name}` }, text);
}

function nodeItem(node: NodeChangeView): HTMLElement {
  const name = node.name ?? node.type;
  const label = [
    element('span', { class: 'sluice-name' }, name),
    node.name === null ? '' : element('span', { class: 'sluice-quiet' }, ` ${node.type}`),
  ];
  // What is gone cannot be shown.
  const shown =
    node.change === 'removed'
      ? element('span', { class: 'sluice-node' }, ...label)
      : element(
          'button',
          { type: 'button', class: 'sluice-node', title: words.show(name), onclick: () => RED.view.reveal(node.id) },
          ...label,
        );
  return element('li', {}, shown, element('span', { class: 'sluice-marks' }, classBadge(node.class), ` ${words.change(node.change)}`));
}

function sectionName({ kind, id, label }: SectionView): string {
  if (kind === 'global') return words.global;
  if (kind === 'absent') return words.absent;
  const name = label ?? id ?? '';
  return kind === 'subflow' ? words.subflow(name) : name;
}

function sectionPart(section: SectionView, isOpen: boolean): HTMLElement {
  const { change, nodes, more, cosmetic } = section;
  const title = element('summary', {}, element('span', { class: 'sluice-name' }, sectionName(section)), classBadge(section.class));
  if (change !== 'changed') title.append(` ${words.change(change)}`);
  const rest = [more > 0 ? words.more(more) : null, cosmetic > 0 ? words.cosmetic(cosmetic) : null];
  const quiet = rest.map((text) => (text === null ? null : element('p', { class: 'sluice-quiet' }, text)));
  const list = nodes.length === 0 ? null : element('ul', { class: 'sluice-list' }, ...nodes.map(nodeItem));
  return element('details', { class: 'sluice-section', open: isOpen }, title, list, ...quiet);
}

function listPart(title: string, items: readonly (string | Node)[][]): Changes {
  if (items.length === 0) return [];
  return [
    element('h4', {}, title),
    element('ul', { class: 'sluice-list sluice-plain' }, ...items.map((item) => element('li', {}, ...item))),
  ];
}

function restartText({ scope, count }: ChangesView['restart']): string {
  return scope === 'nodes' ? words.restart.nodes(count) : words.restart[scope];
}

function riskItem({ code, nodeIds, address }: ChangesView['risks'][number]): (string | Node)[] {
  const [first] = nodeIds;
  const text = address === null ? words.risk(code) : `${words.risk(code)}: ${address}`;
  if (first === undefined) return [text];
  return [
    element('button', { type: 'button', class: 'sluice-node', title: words.show(first), onclick: () => RED.view.reveal(first) }, text),
  ];
}

/** How much changed, and what it touches. */
export function summaryPart({ last, isSame, changes }: StatusView): Changes {
  // Against nothing, everything is new: classes and restarts say nothing then.
  if (last === null) return [];
  const title = element('h3', {}, words.changes);
  if (isSame) return [title, element('p', { class: 'sluice-same' }, words.same)];
  const { classes, restart, credentialsChanged, settings } = changes;
  const badges = classes.map(({ name, count }) => classBadge(name, words.class(name, count)));
  if (credentialsChanged) badges.push(classBadge('credentials', words.credentialsChanged));
  if (settings > 0) badges.push(classBadge('settings', words.settingsChanged(settings)));
  return [title, element('div', { class: 'sluice-badges' }, ...badges), element('p', { class: 'sluice-quiet' }, restartText(restart))];
}

/** What is less safe first, then tab by tab, then what is around the flows. */
export function detailsPart({ last, isSame, changes, notes }: StatusView): Changes {
  const noted = notes.map(noteNotice);
  if (isSame) return noted;
  return [
    ...(last === null ? [element('h3', {}, words.content)] : []),
    ...listPart(words.risks, changes.risks.map(riskItem)),
    // Looks only are folded away, and so is everything of a first snapshot: there is nothing to review.
    ...changes.sections.map((section) => sectionPart(section, last !== null && section.class !== 'cosmetic')),
    ...listPart(
      words.endpoints,
      changes.endpoints.map(({ change, kind, address }) => [
        `${kind} ${address}`,
        element('span', { class: 'sluice-marks' }, words.change(change)),
      ]),
    ),
    ...listPart(
      words.modules,
      changes.modules.map(({ name, before, after }) => [name, element('span', { class: 'sluice-marks' }, words.version(before, after))]),
    ),
    ...listPart(
      words.variables,
      changes.variables.map(({ name, change, needsValue }) => [
        name,
        element('span', { class: 'sluice-marks' }, needsValue ? words.needsValue : words.change(change)),
      ]),
    ),
    ...noted,
  ];
}
