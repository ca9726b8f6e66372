import type { DiffSection, EndpointDifference, NodeChange, SnapshotPreview } from '@sluice/contracts';
import type { ChangesView, NodeChangeView, SectionView } from '../view.ts';

/** So much a person reads in a sidebar; the console shows all. */
const nodesPerSectionMax = 50;
const listMax = 100;

function nodeView({ id, type, name, class: changeClass, change }: NodeChange): NodeChangeView {
  return { id, type, name, class: changeClass, change };
}

function sectionView({ kind, id, label, change, class: changeClass, nodes, cosmetic }: DiffSection): SectionView {
  const listed = nodes.slice(0, nodesPerSectionMax).map(nodeView);
  return { kind, id, label, change, class: changeClass, nodes: listed, more: nodes.length - listed.length, cosmetic: cosmetic.length };
}

function endpointView(difference: EndpointDifference): ChangesView['endpoints'][number] {
  const { kind, address } = difference.change === 'removed' ? difference.before : difference.after;
  return { change: difference.change, kind, address };
}

function changeOf({ before, after }: { before: unknown; after: unknown }): 'added' | 'removed' | 'changed' {
  if (before === null) return 'added';
  return after === null ? 'removed' : 'changed';
}

/** What of a preview the sidebar shows. Code and properties of nodes stay in the server: the console shows them. */
export function summarize({ diff, credentialsChanged }: Pick<SnapshotPreview, 'diff' | 'credentialsChanged'>): ChangesView {
  const { restart, runtime } = diff;
  const versions = [
    { name: 'Node-RED', change: runtime.nodeRed },
    { name: 'Node.js', change: runtime.node },
  ].flatMap(({ name, change }) => (change === null ? [] : [{ name, ...change }]));
  return {
    classes: Object.entries(diff.counts.classes).flatMap(([name, count]) => (count === 0 ? [] : [{ name, count }])),
    sections: diff.sections.slice(0, listMax).map(sectionView),
    modules: [...versions, ...diff.modules.filter(({ direct }) => direct)]
      .slice(0, listMax)
      .map(({ name, before, after }) => ({ name, before, after })),
    variables: diff.variables
      .slice(0, listMax)
      .map((change) => ({ name: change.name, change: changeOf(change), needsValue: change.needsValue })),
    settings: diff.settings.length,
    endpoints: diff.endpoints.slice(0, listMax).map(endpointView),
    risks: diff.risks.slice(0, listMax).map(({ code, nodeIds, address }) => ({ code, nodeIds, address })),
    restart: { scope: restart.scope, count: restart.restarted.length },
    credentialsChanged,
  };
}
