import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ProbeMessage, ProbeRequest, RuntimeHealth } from '@sluice/contracts';
import { freePort } from '@sluice/platform/process';
import { waitFor } from '@sluice/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProbe } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-probe-test-'));
const socketPath = join(folder, 'probe.sock');
const token = 'the token';
const runtime = join(dirname(createRequire(import.meta.url).resolve('node-red/package.json')), 'red.js');
const revisionOf = (flows: unknown[]): string => createHash('sha256').update(JSON.stringify(flows)).digest('hex');

let brokerPort = 0;
let uiPort = 0;
let broker: Server;
let child: ChildProcess;
let output = '';
const openSockets = new Set<Socket>();

/** Accepts every MQTT client and says nothing more than it has to. */
function startBroker(port: number): Promise<Server> {
  const server = createServer((socket) => {
    openSockets.add(socket);
    socket.on('close', () => openSockets.delete(socket));
    socket.on('data', (packet) => {
      const kind = (packet[0] ?? 0) >> 4;
      if (kind === 1) socket.write(Buffer.from([0x20, 0x02, 0x00, 0x00]));
      if (kind === 12) socket.write(Buffer.from([0xd0, 0x00]));
    });
    socket.on('error', () => socket.destroy());
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

function flowsWith(functionText: string): unknown[] {
  return [
    { id: 'tab1', type: 'tab', label: 'line' },
    {
      id: 'broker1',
      type: 'mqtt-broker',
      broker: '127.0.0.1',
      port: String(brokerPort),
      autoConnect: true,
      protocolVersion: '4',
      keepalive: '60',
    },
    { id: 'out1', type: 'mqtt out', z: 'tab1', name: 'uplink', topic: 'a', broker: 'broker1', wires: [] },
    {
      id: 'in1',
      type: 'inject',
      z: 'tab1',
      repeat: '0.05',
      once: true,
      onceDelay: '0',
      props: [{ p: 'payload' }, { p: 'topic', vt: 'str' }],
      topic: 'sluice/kpi/bottles',
      payload: '41.5',
      payloadType: 'num',
      wires: [['fn1']],
    },
    { id: 'fn1', type: 'function', z: 'tab1', func: functionText, outputs: 1, wires: [[]] },
  ];
}

/** The agent's side, in a few lines. */
class Client {
  readonly messages: ProbeMessage[] = [];
  closed = false;
  readonly #socket: Socket;
  constructor(tokenToSend = token) {
    this.#socket = connect(socketPath);
    let rest = '';
    this.#socket.setEncoding('utf8');
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('close', () => {
      this.closed = true;
    });
    this.#socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      this.messages.push(...lines.map((line) => JSON.parse(line) as ProbeMessage));
    });
    this.send({ type: 'hello', token: tokenToSend });
  }
  send(request: ProbeRequest): void {
    this.#socket.write(`${JSON.stringify(request)}\n`);
  }
  close(): void {
    this.#socket.destroy();
  }
  health(): RuntimeHealth | undefined {
    const last = this.messages.findLast((message) => message.type === 'health');
    return last?.type === 'health' ? last.health : undefined;
  }
  /** Asks until the health is as wanted. */
  healthThat(what: string, matches: (health: RuntimeHealth) => boolean): Promise<RuntimeHealth> {
    return waitFor(`${what}; the last was ${JSON.stringify(this.health())}\n${output.slice(-2_000)}`, () => {
      this.send({ type: 'health' });
      const health = this.health();
      return health !== undefined && matches(health) ? health : undefined;
    });
  }
  async deploy(flows: unknown[], credentials: Record<string, unknown> = {}) {
    const id = String(this.messages.length);
    this.send({ type: 'deploy', id, flows, credentials, deploymentType: 'nodes' });
    return waitFor('the answer', () => this.messages.find((message) => 'id' in message && message.id === id));
  }
}

async function startNodeRed(flows: unknown[], credentials: object): Promise<Client> {
  writeFileSync(join(folder, 'flows.json'), JSON.stringify(flows));
  writeFileSync(join(folder, 'flows_cred.json'), JSON.stringify(credentials));
  const settings = {
    uiHost: '127.0.0.1',
    uiPort,
    userDir: folder,
    flowFile: join(folder, 'flows.json'),
    httpAdminRoot: false,
    readOnly: true,
    nodesDir: [join(folder, 'probe')],
    credentialSecret: 'secret',
    telemetry: { enabled: false },
  };
  writeFileSync(join(folder, 'settings.js'), `module.exports = ${JSON.stringify(settings)};`);
  child = spawn(process.execPath, [runtime, '--settings', join(folder, 'settings.js')], {
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, SLUICE_PROBE_SOCKET: socketPath, SLUICE_PROBE_TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const take = (chunk: Buffer): void => {
    output += chunk.toString('utf8');
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  return waitFor('the probe', async () => {
    const client = new Client();
    const isReady = await waitFor('hello', () => client.closed || client.messages.length > 0);
    return isReady && !client.closed ? client : undefined;
  });
}

async function stopNodeRed(): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await gone;
}

describe('the probe inside a real Node-RED', () => {
  let client: Client;
  const flows = (): unknown[] => flowsWith('return msg;');

  beforeAll(async () => {
    [brokerPort, uiPort] = [await freePort(), await freePort()];
    broker = await startBroker(brokerPort);
    await buildProbe(join(folder, 'probe'));
    client = await startNodeRed(flows(), {});
  });

  afterAll(async () => {
    await stopNodeRed();
    broker.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('when the flows run, it tells their revision, connections and figures', async () => {
    const health = await client.healthThat(
      'a connected broker',
      (each) => each.connections[0]?.state === 'connected' && each.messagesTotal > 20,
    );
    expect(health).toMatchObject({
      flowsState: 'started',
      flowsRevision: revisionOf(flows()),
      missingTypes: [],
      credentialsReadable: true,
      uncaughtErrors: 0,
      nodeErrors: 0,
      kpis: { bottles: 41.5 },
      // Node-RED adds "-git" when a repository lies above it.
      runtimeVersion: expect.stringMatching(/^5\./),
      connections: [{ nodeId: 'out1', nodeType: 'mqtt out', nodeName: 'uplink', state: 'connected' }],
    });
    expect(health.messagesPerSecond).toBeGreaterThan(1);
    expect(health.residentBytes).toBeGreaterThan(health.heapUsedBytes);
  });

  it('when a stranger has no token, it is told nothing', async () => {
    const stranger = new Client('wrong');
    stranger.send({ type: 'health' });
    await waitFor('the end of the connection', () => stranger.closed);
    expect(stranger.messages).toEqual([]);
  });

  it('when the agent comes back after it was gone, it is served as before', async () => {
    const other = new Client();
    expect((await other.healthThat('health', () => true)).flowsState).toBe('started');
    other.close();
  });

  it('when other flows are deployed, only what changed restarts and the revision follows', async () => {
    const before = await client.healthThat('health', (each) => each.connections[0]?.state === 'connected');
    const next = flowsWith('node.error("no good"); return msg;');
    expect(await client.deploy(next)).toMatchObject({ type: 'deployed', revision: revisionOf(next) });
    const health = await client.healthThat('an error of a node', (each) => each.nodeErrors > 0);
    expect(health.flowsRevision).toBe(revisionOf(next));
    expect(health.lastError).toContain('no good');
    // The broker's connection was left alone.
    expect(health.connections[0]?.since).toBe(before.connections[0]?.since);
    // The release's file was not written: the agent moves a link instead.
    expect(JSON.parse(readFileSync(join(folder, 'flows.json'), 'utf8'))).toEqual(flows());
  });

  it('when the flows block the event loop, it tells for how long', async () => {
    await client.deploy(
      flowsWith(
        'if (!context.get("done")) { context.set("done", true); const end = Date.now() + 400; while (Date.now() < end); } return msg;',
      ),
    );
    const health = await client.healthThat('a blocked loop', (each) => each.eventLoopLagMs > 300);
    expect(health.eventLoopLagMs).toBeLessThan(10_000);
  });

  it('when the broker goes away, it pushes the loss without being asked', async () => {
    const before = client.messages.length;
    const closed = new Promise((resolve) => broker.close(resolve));
    for (const socket of openSockets) socket.destroy();
    await closed;
    await waitFor('the push', () =>
      client.messages
        .slice(before)
        .some((each) => each.type === 'health' && each.health.connections.some(({ state }) => state !== 'connected')),
    );
    broker = await startBroker(brokerPort);
  });

  it('when a node type is missing, it names it', async () => {
    expect(
      await client.deploy([
        { id: 'tab1', type: 'tab' },
        { id: 'x', z: 'tab1', type: 'no-such-node', wires: [] },
      ]),
    ).toMatchObject({
      type: 'deployed',
    });
    expect((await client.healthThat('the missing type', (each) => each.missingTypes.length > 0)).missingTypes).toEqual(['no-such-node']);
    await client.deploy(flows());
    expect(await client.healthThat('the flows again', (each) => each.flowsState === 'started')).toMatchObject({ missingTypes: [] });
  });

  it('when the flows are none, the deploy fails with a reason and the old ones run on', async () => {
    const answer = await client.deploy({ not: 'flows' } as unknown as unknown[]);
    expect(answer).toMatchObject({ type: 'deploy_failed' });
    expect((await client.healthThat('health', () => true)).flowsRevision).toBe(revisionOf(flows()));
  });

  it('when Node-RED dies of an uncaught error, it leaves a note that says why', async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    await client.deploy(flowsWith('Promise.reject(new Error("boom")); return msg;'));
    await gone;
    expect(JSON.parse(readFileSync(`${socketPath}.crash`, 'utf8'))).toMatchObject({ uncaughtErrors: 1, lastError: 'uncaught: boom' });
  });

  it('when the credentials cannot be decrypted, it says so', async () => {
    client = await startNodeRed(flows(), { $: `${'0'.repeat(32)}bm90IHdoYXQgaXQgc2hvdWxkIGJl` });
    const health = await client.healthThat('started flows', (each) => each.flowsState === 'started');
    expect(health.credentialsReadable).toBe(false);
  });

  it('when told to shut down, Node-RED ends in order', async () => {
    const gone = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
    client.send({ type: 'shutdown' });
    expect(await gone).toBe(0);
  });
});
