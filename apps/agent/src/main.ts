import { readFileSync } from 'node:fs';
import { arch, hostname, platform, release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock } from '@sluice/platform/clock';
import { ConfigurationError } from '@sluice/platform/configuration';
import { createLineLog } from '@sluice/platform/log';
import { systemRandom } from '@sluice/platform/random';
import { createShutdown } from '@sluice/platform/shutdown';
import packageJson from '../package.json' with { type: 'json' };
import { buildAgent, FolderInUseError } from './app.ts';
import { readAgentConfiguration, readAgentFolder } from './config.ts';
import { nodeLocalSockets } from './ports/local-sockets.ts';
import { nodeFileSystem } from './ports/node-file-system.ts';
import { createNodeNetwork } from './ports/node-network.ts';
import { nodeProcesses } from './ports/node-processes.ts';
import { readStatus } from './status.ts';
import { stopRuntime } from './stop-runtime.ts';

/** Exit codes; documented in the README. */
const exitCodes = { ok: 0, failed: 1, configuration: 2, folderInUse: 3 } as const;

const usage = `sluice-agent ${packageJson.version}
usage: sluice-agent run [--config <file>]     work as configured
       sluice-agent status [--json]           show what this device runs
       sluice-agent stop-runtime              end the runtime that an agent left running
`;

/** The built probe lies beside the bundle. */
function probeFolder(): string {
  return join(dirname(fileURLToPath(import.meta.url)), 'probe');
}

/** glibc says its version in the diagnostic report; musl is what other Linux systems have. */
function libc(): 'glibc' | 'musl' | null {
  if (platform() !== 'linux') return null;
  // Without this the report looks up names of network peers, which may take seconds.
  Reflect.set(process.report, 'excludeNetwork', true);
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

async function run(configFile: string | undefined): Promise<void> {
  const configuration = readAgentConfiguration(process.env, configFile === undefined ? undefined : readFileSync(configFile, 'utf8'));
  const log = createLineLog({
    name: 'agent',
    level: configuration.logLevel,
    now: systemClock.now,
    write: (line) => process.stderr.write(line),
  });
  log.info({ ...configuration.printable, version: packageJson.version }, 'starting');
  const shutdown = createShutdown({ clock: systemClock, log, timeoutMs: 30_000 });
  const agent = await buildAgent({
    configuration,
    fileSystem: nodeFileSystem,
    network: createNodeNetwork(configuration.proxyEnvironment),
    processes: nodeProcesses,
    sockets: nodeLocalSockets,
    clock: systemClock,
    random: systemRandom,
    log,
    host: {
      self: (await nodeProcesses.identify(process.pid)) ?? { pid: process.pid, startedAt: null },
      nodeExecutable: process.execPath,
      nodeVersion: process.versions.node,
      temporaryFolder: tmpdir(),
      probeFolder: probeFolder(),
      agentVersion: packageJson.version,
      inventory: {
        agentVersion: packageJson.version,
        nodeVersion: process.versions.node,
        operatingSystem: `${platform()} ${release()}`.slice(0, 100),
        architecture: arch(),
        hostname: hostname(),
        timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
      },
      platform: { os: platform(), cpu: arch(), libc: libc() },
    },
  });
  const running = agent.run(shutdown.signal);
  shutdown.onClose('agent', () => running);
  await running;
}

async function status(json: boolean): Promise<void> {
  const state = await readStatus({ fileSystem: nodeFileSystem, processes: nodeProcesses, folder: readAgentFolder(process.env) });
  const lines = Object.entries(state).map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`);
  process.stdout.write(`${json ? JSON.stringify(state) : lines.join('\n')}\n`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { config: { type: 'string' }, json: { type: 'boolean', default: false }, version: { type: 'boolean', default: false } },
  });
  if (values.version) process.stdout.write(`${packageJson.version}\n`);
  else if (positionals[0] === 'run') await run(values.config);
  else if (positionals[0] === 'status') await status(values.json);
  else if (positionals[0] === 'stop-runtime') {
    await stopRuntime({ fileSystem: nodeFileSystem, processes: nodeProcesses, clock: systemClock, folder: readAgentFolder(process.env) });
  } else {
    process.stderr.write(usage);
    process.exitCode = exitCodes.configuration;
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`sluice-agent: ${error instanceof Error ? error.message : String(error)}\n`);
  const isConfiguration = error instanceof ConfigurationError;
  process.exit(isConfiguration ? exitCodes.configuration : error instanceof FolderInUseError ? exitCodes.folderInUse : exitCodes.failed);
});
