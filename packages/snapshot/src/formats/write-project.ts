import type { JsonValue } from '../json.ts';
import { type ExportedSnapshot, plainName } from './exported-snapshot.ts';
import { readmeText } from './readme.ts';
import { credentialsFileOf, defaultFlowFile, extensionKey, settingsFile, variablesFile } from './snapshot-files.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const pretty = (value: unknown): Uint8Array => encode(`${JSON.stringify(value, null, 4)}\n`);

/** The environment variable from which the exported settings take the secret of the credentials. */
export const secretVariable = 'NODE_RED_CREDENTIAL_SECRET';

const ignored = ['node_modules/', 'context/', 'lib/', '.config.*.json*', '.sessions.json', '*.backup', '.*.backup'];

/** Files of an export that are not the flows, whatever the snapshot calls those. */
const ownNames = new Set(['package.json', 'package-lock.json', settingsFile, variablesFile, 'settings.js', 'readme.md', '.gitignore']);

/** What makes `node-red --userDir <folder>` run the export as it is: names of the files, secret of the credentials, settings of the snapshot. */
function settingsScript(flowFile: string): string {
  return `// Read by Node-RED when it is started with --userDir <this folder>. Written by Sluice; yours to change, Sluice never reads it.
const settings = require('./${settingsFile}');
const credentialSecret = process.env.${secretVariable};

module.exports = {
    flowFilePretty: true,
    uiHost: '127.0.0.1',
    ...settings,
    flowFile: ${JSON.stringify(flowFile)},
    ...(credentialSecret ? { credentialSecret } : {}),
};
`;
}

function manifestOf(snapshot: ExportedSnapshot, names: { flowFile: string; credentialsFile: string }): object {
  const { application, number, digest, message } = snapshot;
  const { dependencies, nodeRedSettings } = snapshot.package;
  const sorted = Object.fromEntries(Object.entries(dependencies).sort(([left], [right]) => (left < right ? -1 : 1)));
  return {
    name: plainName(application),
    description: message,
    version: `0.0.${number}`,
    private: true,
    scripts: { start: 'node-red --userDir .' },
    dependencies: sorted,
    'node-red': { settings: names },
    [extensionKey]: { application, snapshot: number, digest, project: nodeRedSettings },
  };
}

/** Flows as Node-RED writes them into a project: with four spaces, so that its next save changes only what somebody changed. */
function prettyFlows(flows: Uint8Array): Uint8Array {
  const nodes: JsonValue = JSON.parse(new TextDecoder().decode(flows));
  return encode(JSON.stringify(nodes, null, 4));
}

/**
 * A snapshot as the files of a Node-RED project, by name: Node-RED opens the folder as a project, and runs it with `--userDir`. Read again by
 * `readProjectFiles`, they give a snapshot with the same digest, as far as credentials are given out or there are none.
 */
export function writeProject(snapshot: ExportedSnapshot): Map<string, Uint8Array> {
  const { lock, credentials, settings, variables } = snapshot;
  const named = snapshot.package.nodeRedSettings.flowFile ?? defaultFlowFile;
  const flowFile = ownNames.has(named.toLowerCase()) ? defaultFlowFile : named;
  // With --userDir, Node-RED looks for them beside the flow file and nowhere else.
  const credentialsFile = credentialsFileOf(flowFile);
  return new Map<string, Uint8Array>([
    [flowFile, prettyFlows(snapshot.flows)],
    ...(credentials === null ? [] : [[credentialsFile, pretty(credentials)] as const]),
    ['package.json', pretty(manifestOf(snapshot, { flowFile, credentialsFile }))],
    ...(lock === null ? [] : [['package-lock.json', lock] as const]),
    [settingsFile, pretty(settings)],
    [variablesFile, pretty(variables)],
    ['settings.js', encode(settingsScript(flowFile))],
    ['README.md', encode(readmeText(snapshot, { flowFile, credentialsFile }))],
    ['.gitignore', encode(`${ignored.join('\n')}\n`)],
  ]);
}
