import { spawn } from 'node:child_process';

export type CommandResult = { exitCode: number | null; output: string };

export type CommandOptions = { command: string; args: readonly string[]; environment: NodeJS.ProcessEnv; workingDirectory: string };

const living = new Set<number>();

/** Ends every command that still runs, with all its children. */
export function killCommands(signal: NodeJS.Signals): void {
  for (const pid of living) {
    try {
      process.kill(-pid, signal);
    } catch {
      // ESRCH: it has just ended by itself.
    }
  }
}

/** Runs a command to its end, in a process group of its own, and keeps both its outputs as one text. A missing executable is exit code null. */
export function runCommand(options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(options.command, options.args, {
      cwd: options.workingDirectory,
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const chunks: Buffer[] = [];
    const pid = child.pid;
    if (pid !== undefined) living.add(pid);
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const finish = (exitCode: number | null, more: string): void => {
      if (pid !== undefined) living.delete(pid);
      resolve({ exitCode, output: Buffer.concat(chunks).toString('utf8') + more });
    };
    child.once('error', (error) => finish(null, `${error.message}\n`));
    child.once('close', (code, signal) => finish(code, signal === null ? '' : `ended by ${signal}\n`));
  });
}
