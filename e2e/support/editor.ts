import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildEditorPlugin } from '@sluice/editor-plugin';
import { freePort, startNodeChild } from '@sluice/platform/process';

const runtime = createRequire(import.meta.url).resolve('node-red/red.js');

export const editorUsers = { integrator: 'integrator-password', reader: 'reader-password' } as const;
export type EditorUser = keyof typeof editorUsers;

/** The secret that must never be seen outside of Node-RED. */
export const plcPassword = 'hunter2-of-the-plc';

/** What a hostile colleague would call a node. */
export const hostileName = '<img src=x onerror="window.wasRun=true">';

export const editorFlows = [
  { id: 'tab1', type: 'tab', label: 'Line 1', disabled: false, info: '' },
  { id: 'tab2', type: 'tab', label: 'Line 2', disabled: false, info: '' },
  {
    id: 'broker1',
    type: 'mqtt-broker',
    name: 'uplink',
    broker: '127.0.0.1',
    port: '9',
    clientid: '',
    autoConnect: false,
    usetls: false,
    protocolVersion: '4',
    keepalive: '60',
    cleansession: true,
    autoUnsubscribe: true,
    birthTopic: '',
    closeTopic: '',
    willTopic: '',
    userProps: '',
    sessionExpiry: '',
  },
  { id: 'out1', type: 'mqtt out', z: 'tab1', name: '', topic: 'line/1', qos: '', retain: '', broker: 'broker1', x: 400, y: 100, wires: [] },
  {
    id: 'fn1',
    type: 'function',
    z: 'tab1',
    name: hostileName,
    func: 'return msg;',
    outputs: 1,
    libs: [],
    x: 200,
    y: 100,
    wires: [['out1']],
  },
  { id: 'note1', type: 'comment', z: 'tab2', name: 'nothing here yet', info: '', x: 200, y: 100, wires: [] },
];

const settings = `
const users = ${JSON.stringify(editorUsers)};
const permissions = { integrator: '*', reader: 'read' };
const userOf = (username) => (username in users ? { username, permissions: permissions[username] } : null);
module.exports = {
  credentialSecret: 'of this test',
  telemetry: { enabled: false, updateNotification: false },
  editorTheme: { tours: false, projects: { enabled: false } },
  adminAuth: {
    type: 'credentials',
    users: async (username) => userOf(username),
    authenticate: async (username, password) => (users[username] === password ? userOf(username) : null),
  },
};
`;

/** A real Node-RED with its editor and the plugin, installed as its palette manager would do it. */
export type EditorNodeRed = {
  origin: string;
  /** What the plugin keeps in the user folder. */
  connectionFile(): Promise<{ mode: number; text: string }>;
  output(): string;
  stop(): Promise<void>;
};

/** Starts Node-RED with `editorFlows` and a password for their broker. */
export async function startEditor(): Promise<EditorNodeRed> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-editor-'));
  const plugin = join(folder, 'node_modules', '@sluice', 'editor-plugin');
  await mkdir(plugin, { recursive: true });
  await buildEditorPlugin(plugin);
  const file = (name: string, content: unknown): Promise<void> =>
    writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  await file('package.json', { name: 'node-red-project', private: true, dependencies: { '@sluice/editor-plugin': '0.1.0' } });
  await file('flows.json', editorFlows);
  await file('flows_cred.json', { broker1: { user: 'plc-user', password: plcPassword } });
  await file('settings.js', settings);
  const port = await freePort();
  const lines: string[] = [];
  const child = await startNodeChild({
    name: 'Node-RED',
    entry: runtime,
    args: ['--userDir', folder, '--port', String(port), '-D', 'uiHost=127.0.0.1', 'flows.json'],
    environment: { PATH: process.env['PATH'], HOME: folder },
    // It may start the flows before it listens.
    ready: { lines: [/Started flows/, /Server now running/] },
    onLine: (line) => lines.push(line),
  });
  const connection = join(folder, '.sluice-editor.json');
  return {
    origin: `http://127.0.0.1:${port}`,
    connectionFile: async () => ({ mode: (await stat(connection)).mode & 0o777, text: await readFile(connection, 'utf8') }),
    output: () => lines.join('\n'),
    stop: async () => {
      await child.stop(5_000);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
