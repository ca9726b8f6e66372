import { join } from 'node:path';
import type { Clock } from '@sluice/platform/clock';
import { freePort } from '@sluice/platform/process';
import type { DemoArguments } from './arguments.ts';
import { demoLogin, startControlPlane } from './control-plane.ts';
import { ControlPlaneClient } from './control-plane-client.ts';
import { startFleet } from './fleet.ts';
import { createNarrator, type Narrator } from './narrator.ts';
import { startPlant } from './plant.ts';
import { choosePorts, type DemoPorts } from './ports.ts';
import { setDeviceVariables, setUpOrganization } from './setup.ts';
import { sites } from './sites.ts';
import type { StoryContext } from './story/context.ts';
import { devicesByName } from './story/promote.ts';
import type { DemoResult } from './story/result.ts';
import { tellStory } from './story/story.ts';
import { until } from './story/until.ts';

/** What the demo is given from outside. */
export type DemoSurroundings = {
  options: DemoArguments;
  folder: string;
  /** The checkout, with a slash at its end. */
  root: string;
  environment: Record<string, string | undefined>;
  clock: Clock;
  signal: AbortSignal;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
};

type Stoppable = { stop(): Promise<void> };

const enrollmentLimitMs = 60_000;

async function startEverything(
  surroundings: DemoSurroundings,
  narrator: Narrator,
  ports: DemoPorts,
  running: Stoppable[],
): Promise<StoryContext> {
  const { folder, root, environment, clock, signal } = surroundings;
  const plant = await startPlant(ports, clock);
  running.push({ stop: () => plant.close() });
  narrator.say('Five simulated PLCs (Modbus TCP), an MQTT broker and a small ERP are up.');
  const controlPlane = await startControlPlane({ folder, port: ports.console, environment, say: narrator.detail });
  running.push(controlPlane);
  narrator.say(`The control plane is up: ${controlPlane.origin}  (sign in as ${demoLogin.email} with ${demoLogin.password})`);
  const client = new ControlPlaneClient(controlPlane.origin);
  await client.signIn(demoLogin.email, demoLogin.password);
  const owner = new ControlPlaneClient(controlPlane.origin);
  await owner.signIn(demoLogin.email, demoLogin.password);
  const organization = await setUpOrganization(client, ports);
  const agentEntry = join(root, 'apps/agent/dist/sluice-agent.mjs');
  running.push(
    await startFleet({ folder, controlPlane: controlPlane.origin, agentEntry, organization, ports, environment, say: narrator.say }),
  );
  const context: StoryContext = {
    client,
    owner,
    organization,
    observer: plant.observer,
    narrator,
    ports,
    wrongPort: await freePort(),
    deviceIds: new Map(),
    clock,
    signal,
  };
  await awaitFleet(context);
  return context;
}

/** Waits until every device has enrolled and was seen, and tells each where its PLC is. */
async function awaitFleet(context: StoryContext): Promise<void> {
  const devices = await until(
    'all five devices to come online',
    async () => {
      const known = await devicesByName(context);
      return sites.every(({ device }) => known.get(device)?.connectivity === 'online') ? known : undefined;
    },
    { ...context, limitMs: enrollmentLimitMs },
  );
  for (const site of sites) {
    const deviceId = devices.get(site.device)?.id ?? '';
    context.deviceIds.set(site.device, deviceId);
    await setDeviceVariables(context.client, context.organization.base, { deviceId, site, ports: context.ports });
  }
  context.narrator.say(`Five devices are enrolled and online: ${sites.map(({ device, stage }) => `${device} (${stage})`).join(', ')}.`);
}

function summary(result: DemoResult): string[] {
  const rows = result.rollouts.map(
    ({ release, stage, outcome, waves, devicesSucceeded, devicesRolledBack, devicesUntouched, durationMs, worstGapMs }) => [
      release,
      stage,
      outcome,
      `${waves}`,
      `${devicesSucceeded}`,
      `${devicesRolledBack}`,
      `${devicesUntouched}`,
      `${(durationMs / 1000).toFixed(1)} s`,
      worstGapMs === null ? 'first' : `${worstGapMs} ms`,
    ],
  );
  const table = [['release', 'stage', 'outcome', 'waves', 'succeeded', 'rolled back', 'untouched', 'took', 'worst gap'], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

async function stopAll(running: Stoppable[]): Promise<void> {
  for (const part of running.toReversed()) await part.stop().catch(() => undefined); // One that will not stop must not keep the others.
}

const consoleAddress = (ports: DemoPorts): string => `http://127.0.0.1:${ports.console}`;

function untilEnded(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
}

/**
 * Runs the demo from start to end.
 * @returns the exit code: 0 when every claim of the story held (or a person ended a demo that was staying up)
 */
export async function runDemo(surroundings: DemoSurroundings): Promise<number> {
  const { options, folder, clock, signal, stdout, stderr } = surroundings;
  const stream = options.json ? stderr : stdout;
  const startedAt = clock.monotonic();
  const narrator = createNarrator({
    write: (line) => stream.write(`${line}\n`),
    elapsedMs: () => clock.monotonic() - startedAt,
    colours: stream.isTTY === true,
  });
  const running: Stoppable[] = [];
  let outcome: DemoResult;
  try {
    narrator.chapter('Sluice demo: a bottling line, three releases, five devices');
    const ports = await choosePorts(join(folder, 'ports.json'), options.port);
    const context = await startEverything(surroundings, narrator, ports, running);
    const result = await tellStory(context);
    narrator.chapter(result.ok ? 'Every claim held.' : `${result.failures.length} claims did not hold.`);
    for (const line of summary(result)) narrator.say(line);
    if (!options.exit) {
      narrator.chapter(`The fleet stays up until Ctrl-C. Console: ${consoleAddress(ports)}  (${demoLogin.email} / ${demoLogin.password})`);
      await untilEnded(signal);
    }
    outcome = result;
  } finally {
    if (running.length > 0) narrator.say('Stopping the fleet and the control plane …');
    await stopAll(running);
  }
  if (options.json) stdout.write(`${JSON.stringify(outcome)}\n`);
  return outcome.ok ? 0 : 1;
}
