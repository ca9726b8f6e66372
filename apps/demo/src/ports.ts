import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { freePort } from '@sluice/platform/process';
import type { PlantPorts } from './setup.ts';
import { sites } from './sites.ts';

/** Every port the demo listens on. They stay the same from run to run while they are free, so that installed configurations stay true. */
export type DemoPorts = PlantPorts & { console: number; nodeRed: Record<string, number> };

const consolePortDefault = 3400;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function keepOrFind(port: number | undefined, taken: Set<number>): Promise<number> {
  let candidate = port;
  while (candidate === undefined || taken.has(candidate) || !(await isFree(candidate))) candidate = await freePort();
  taken.add(candidate);
  return candidate;
}

async function readEarlierPorts(file: string): Promise<Partial<DemoPorts>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Partial<DemoPorts>;
  } catch {
    return {}; // The first run, or a file that was cut off: new ports do no harm.
  }
}

/**
 * Chooses the ports of this run and remembers them in `file`.
 * @param wanted port for API and console that the person asked for; it must be free
 * @throws Error when the port that was asked for is taken
 */
export async function choosePorts(file: string, wanted: number | undefined): Promise<DemoPorts> {
  if (wanted !== undefined && !(await isFree(wanted)))
    throw new Error(`Port ${wanted} is taken. Choose another one with --port, or leave the option out.`);
  const earlier = await readEarlierPorts(file);
  const taken = new Set<number>();
  const console = await keepOrFind(wanted ?? earlier.console ?? consolePortDefault, taken);
  const broker = await keepOrFind(earlier.broker, taken);
  const erp = await keepOrFind(earlier.erp, taken);
  const plcs: Record<string, number> = {};
  const nodeRed: Record<string, number> = {};
  for (const { device } of sites) {
    plcs[device] = await keepOrFind(earlier.plcs?.[device], taken);
    nodeRed[device] = await keepOrFind(earlier.nodeRed?.[device], taken);
  }
  const ports: DemoPorts = { console, broker, erp, plcs, nodeRed };
  await writeFile(file, `${JSON.stringify(ports, null, 2)}\n`);
  return ports;
}
