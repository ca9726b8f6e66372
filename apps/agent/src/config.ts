import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { choice, type Environment, integer, optional, readConfiguration, text, url } from '@sluice/platform/configuration';
import { LOG_LEVELS } from '@sluice/platform/log';

/** Everything that can be set, by environment variable or by a file of `NAME=value` lines. The environment wins. */
const fields = {
  url: url('SLUICE_URL', ['http', 'https']),
  enrollmentCode: optional(text('SLUICE_ENROLLMENT_CODE', { secret: true })),
  root: text('SLUICE_AGENT_DIR', { default: join(homedir(), '.sluice-agent') }),
  modules: optional(text('SLUICE_MODULES_DIR')),
  port: integer('SLUICE_NODE_RED_PORT', { default: 1880, min: 1, max: 65_535 }),
  host: text('SLUICE_NODE_RED_HOST', { default: '127.0.0.1' }),
  deviceName: text('SLUICE_DEVICE_NAME', { default: hostname() }),
  hardwareId: optional(text('SLUICE_HARDWARE_ID')),
  runtimeOnExit: choice('SLUICE_RUNTIME_ON_EXIT', ['keep', 'stop'], { default: 'keep' }),
  longPollSeconds: integer('SLUICE_LONG_POLL_SECONDS', { default: 25, min: 0, max: 300 }),
  healthChangedMs: integer('SLUICE_HEALTH_CHANGED_MS', { default: 5_000, min: 100, max: 3_600_000 }),
  healthUnchangedMs: integer('SLUICE_HEALTH_UNCHANGED_MS', { default: 30_000, min: 1_000, max: 3_600_000 }),
  captures: choice('SLUICE_CAPTURES', ['on', 'off'], { default: 'on' }),
  logs: choice('SLUICE_LOGS', ['on', 'off'], { default: 'on' }),
  logLevel: choice('SLUICE_LOG_LEVEL', LOG_LEVELS, { default: 'info' }),
};

/** What Node-RED gets of the agent's environment: how to find things and people's preferences, never the agent's own settings. */
const inherited = /^(PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TZ|TMPDIR|(HTTP|HTTPS|ALL|NO)_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR))$/i;

function pick(environment: Environment, patterns: readonly RegExp[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && patterns.some((pattern) => pattern.test(name)) ? [[name, value] as const] : [],
    ),
  );
}

/** Reads the agent's configuration. @throws ConfigurationError naming every problem at once */
export function readAgentConfiguration(environment: Environment, file: string | undefined) {
  const merged: Environment = { ...(file === undefined ? {} : parseEnv(file)), ...environment };
  const { values, printable } = readConfiguration(fields, merged);
  const root = resolve(values.root);
  return {
    ...values,
    root,
    modules: resolve(values.modules ?? join(root, 'modules')),
    runtimeEnvironment: pick(merged, [inherited]),
    proxyEnvironment: pick(merged, [/^(http|https|all|no)_proxy$/i]),
    printable,
  };
}
export type AgentConfiguration = ReturnType<typeof readAgentConfiguration>;

/** The agent's folder alone, for commands that only look at it. */
export function readAgentFolder(environment: Environment): string {
  return resolve(readConfiguration({ root: fields.root }, environment).values.root);
}
