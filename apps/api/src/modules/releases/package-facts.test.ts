import { expect, it } from 'vitest';
import { metadataOf, readPackageJson, typesInEditorFile } from './package-facts.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

it('when a module brings nodes, their types are those of the editor files that its package.json leads to', () => {
  const editor = `<script type="text/html" data-template-name="acme in"><b>x</b></script>
    <script data-template-name = 'acme out' type="text/x-red"></script><script data-help-name="help">RED.nodes.registerType('acme bus', {});</script>`;
  const files = new Map([
    ['nodes/acme.html', typesInEditorFile(bytes(editor))],
    ['examples/other.html', ['other']],
  ]);
  const packageJson = { engines: { node: '>=18' }, 'node-red': { version: '>=3.0.0', nodes: { acme: './nodes/acme.js', lost: 'x.js' } } };
  expect(metadataOf(packageJson, files)).toEqual({
    nodeRange: '>=18',
    nodeRedRange: '>=3.0.0',
    nodeTypes: ['acme in', 'acme out', 'acme bus'],
  });
  // Nodes whose editor files say nothing: they may bring any type.
  expect(metadataOf({ 'node-red': { nodes: { lost: 'x.js' } } }, files)).toEqual({});
});

it.each(['', '[]', 'null', '7', '{"engines":7,"node-red":[]}', '{"node-red":{"nodes":{"a":7}},"engines":{"node":""}}'])(
  'when a package.json is %s, nothing is known',
  (text) => {
    expect(metadataOf(readPackageJson(bytes(text)), new Map())).toEqual({ nodeTypes: [] });
  },
);
