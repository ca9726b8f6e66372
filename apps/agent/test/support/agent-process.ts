import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@sluice/platform/process';
import { buildAgentBundle } from '../../src/index.ts';

/** Module trees shared by all runs, keyed by the lock's digest, as on a device. */
export const modulesFolder = fileURLToPath(new URL('../../../../node_modules/.cache/sluice-test-trees', import.meta.url));

/** One agent folder, and the agent processes that work in it one after another. */
export class AgentProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'sluice-agent-test-'));
  readonly root = join(this.folder, 'root');
  output = '';
  #bundle = '';
  #port = 0;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  async prepare(): Promise<void> {
    this.#bundle = await buildAgentBundle(join(this.folder, 'bundle'));
    this.#port = await freePort();
  }

  start(url: string, environment: Record<string, string> = {}): void {
    // Each bundle has a folder of its own: nobody would find again what is compiled here.
    const { NODE_COMPILE_CACHE: _, ...inherited } = process.env;
    const child = spawn(process.execPath, [this.#bundle, 'run'], {
      env: {
        ...inherited,
        SLUICE_URL: url,
        SLUICE_ENROLLMENT_CODE: 'slc_test',
        SLUICE_AGENT_DIR: this.root,
        SLUICE_MODULES_DIR: modulesFolder,
        SLUICE_NODE_RED_PORT: String(this.#port),
        SLUICE_DEVICE_NAME: 'test device',
        SLUICE_HEALTH_CHANGED_MS: '200',
        ...environment,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.output = (this.output + chunk.toString('utf8')).slice(-200_000);
    });
    this.#exited = new Promise((resolve) => child.once('close', () => resolve()));
  }

  get isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  async killAndWait(): Promise<void> {
    this.kill();
    await this.#exited;
  }

  async stop(): Promise<number | null> {
    this.#child?.kill('SIGTERM');
    await this.#exited;
    return this.#child?.exitCode ?? null;
  }

  runtimePid(): number | undefined {
    try {
      const note: unknown = JSON.parse(readFileSync(join(this.root, 'runtime', 'process.json'), 'utf8'));
      return (note as { pid: number | null }).pid ?? undefined;
    } catch {
      return undefined;
    }
  }

  get journalPath(): string {
    return join(this.root, 'journal', 'journal');
  }

  /** The state of the journal's last line. */
  journalState(): string {
    try {
      const lines = readFileSync(this.journalPath, 'utf8').trimEnd().split('\n');
      return /"state":"([A-Z_]+)"/.exec(lines.at(-1) ?? '')?.[1] ?? '';
    } catch {
      return '';
    }
  }

  /** A file below the agent's folder. */
  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  list(path: string): string[] {
    return readdirSync(join(this.root, path));
  }

  runtimeLog(): string {
    try {
      return readFileSync(join(this.root, 'log', 'runtime.log'), 'utf8');
    } catch {
      return '';
    }
  }

  /** Ends everything and removes the folder. */
  async dispose(): Promise<void> {
    if (this.isRunning) await this.killAndWait();
    const pid = this.runtimePid();
    if (pid !== undefined) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // It is gone.
      }
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
