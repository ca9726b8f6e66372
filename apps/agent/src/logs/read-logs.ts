// INVARIANTS
// 1. Nothing is changed. What asks for logs is not signed, so it may do no more than look.
// 2. When it cannot be known what is secret here, nothing leaves.
import type { LogQuestion, LogUpload } from '@sluice/contracts';
import { AgentError, describeError } from '../errors.ts';
import type { InstallationStore } from '../install/installation.ts';
import type { Layout } from '../layout.ts';
import type { FileSystem } from '../ports/index.ts';
import { createRedaction, type Secret, secretsOf } from './redact.ts';

export type ReadLogsDeps = {
  fileSystem: Pick<FileSystem, 'read' | 'list'>;
  layout: Pick<Layout, 'runtimeLog' | 'installations'>;
  installations: Pick<InstallationStore, 'read' | 'inputs'>;
  /** What the agent has logged since it started, oldest first. */
  agentLines: () => readonly string[];
  /** What the agent itself keeps secret. */
  ownSecrets: readonly Secret[];
};

/** As much as the control plane takes of one line. */
const lineLengthMax = 4_000;
/** Of all lines, as JSON. */
const bytesMax = 256 * 1024;

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours and cursor movements of terminals are what is removed
const terminalCodes = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** Secrets of every installation on this device: the log may show what an earlier one was given. */
async function secretsHere({ fileSystem, layout, installations, ownSecrets }: ReadLogsDeps): Promise<Secret[]> {
  const found = [...ownSecrets];
  for (const name of await fileSystem.list(layout.installations)) {
    const installation = await installations.read(name);
    if (installation === undefined) continue;
    try {
      found.push(...secretsOf(await installations.inputs(installation), installation.variables));
    } catch (error) {
      const detail = `What is secret here could not be found out, so no log leaves this device: ${describeError(error)}`;
      throw new AgentError('CONFIGURATION_UNREADABLE', detail, { cause: error });
    }
  }
  return found;
}

async function linesOfFile(fileSystem: ReadLogsDeps['fileSystem'], path: string): Promise<string[]> {
  const bytes = await fileSystem.read(path);
  if (bytes === undefined) return [];
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The newest lines of the runtime's log, and of the one before it when they are too few. */
async function runtimeLines({ fileSystem, layout }: ReadLogsDeps, count: number): Promise<string[]> {
  const lines = await linesOfFile(fileSystem, layout.runtimeLog);
  if (lines.length >= count) return lines.slice(-count);
  const before = await linesOfFile(fileSystem, `${layout.runtimeLog}.1`);
  return [...before, ...lines].slice(-count);
}

/**
 * The newest lines of a log, oldest first, without secrets.
 * @throws AgentError CONFIGURATION_UNREADABLE when it cannot be known what is secret
 */
export async function readLogs(deps: ReadLogsDeps, { source, lines: count }: Pick<LogQuestion, 'source' | 'lines'>): Promise<LogUpload> {
  const redact = createRedaction(await secretsHere(deps));
  const found = source === 'runtime' ? await runtimeLines(deps, count) : deps.agentLines().slice(-count);
  const newest: string[] = [];
  let truncated = false;
  let bytes = 0;
  for (const line of found.toReversed()) {
    // Redacted before it is cut: a part of a secret is one, too.
    const whole = redact(line.replaceAll(terminalCodes, '').replace(/\r$/, ''));
    const shown = whole.slice(0, lineLengthMax).toWellFormed();
    truncated ||= whole.length > lineLengthMax;
    bytes += Buffer.byteLength(JSON.stringify(shown)) + 1;
    if (bytes > bytesMax) return { lines: newest.toReversed(), truncated: true };
    newest.push(shown);
  }
  return { lines: newest.toReversed(), truncated };
}
