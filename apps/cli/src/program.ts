import { Command, CommanderError } from 'commander';
import { approve } from './commands/approve.ts';
import { addCompletion } from './commands/completion.ts';
import { login } from './commands/login.ts';
import { nouns } from './commands/nouns.ts';
import { promote } from './commands/promote.ts';
import { CliError } from './errors.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Run } from './frame/define.ts';
import { formatComplaint } from './output/complaint.ts';
import { paintFor } from './output/paint.ts';
import { type OutputFormat, outputFormats } from './output/printer.ts';
import type { Ports } from './ports.ts';

const help = `Exit codes: 0 ok, 1 error, 2 usage, 3 differences, 4 not signed in or not allowed, 5 not found, 6 conflict,
7 a gate failed or it was rolled back, 8 still pending.
Environment: SLUICE_URL and SLUICE_TOKEN, or SLUICE_CONTEXT, instead of what "sluice login" stored; NO_COLOR.`;

function buildProgram(run: Run, version: string): Command {
  const { ports } = run;
  const program = new Command('sluice')
    .description('Snapshots, releases and rollouts of Node-RED fleets, from a terminal and from CI')
    .version(version)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => ports.stdout.write(text),
      writeErr: (text) => ports.stderr.write(text),
      // Errors are said once, by us, in the format that was asked for.
      outputError: () => undefined,
      getOutHelpWidth: () => ports.stdout.columns ?? 100,
      getErrHelpWidth: () => ports.stderr.columns ?? 100,
    })
    .addHelpText('after', `\n${help}`);
  login.attach(program, 'login', run);
  promote.attach(program, 'promote', run);
  approve.attach(program, 'approve', run);
  for (const noun of nouns) {
    const command = program.command(noun.name).description(noun.summary).helpCommand(false);
    for (const [name, verb] of Object.entries(noun.verbs)) verb.attach(command, name, run);
  }
  addCompletion(program, run);
  return program;
}

/** The format that the arguments ask for, even when they are wrong otherwise. */
export function formatAskedFor(args: readonly string[]): OutputFormat {
  const index = args.findIndex((arg) => arg === '-o' || arg === '--output' || /^(-o|--output=)./.test(arg));
  const arg = args[index] ?? '';
  const value = arg === '-o' || arg === '--output' ? args[index + 1] : arg.replace(/^(--output=|-o=?)/, '');
  return outputFormats.find((format) => format === value) ?? 'table';
}

/** A secret that was written on the command line is in the shell's history by now: the message says how to do it instead. */
function hintFor(error: CommanderError, args: readonly string[]): string {
  const words = args.filter((arg) => !arg.startsWith('-')).slice(0, 2);
  if (error.code === 'commander.unknownOption' && args.some((arg) => /^--token(=|$)/.test(arg)))
    return 'A token on the command line can be read by every process: use --token-stdin, --token-file or SLUICE_TOKEN.';
  const known = nouns.some((noun) => noun.name === words[0] && words[1] !== undefined && Object.hasOwn(noun.verbs, words[1]));
  const isCommand = nouns.some((noun) => noun.name === words[0]) || ['login', 'promote', 'approve'].includes(words[0] ?? '');
  const command = known ? words.join(' ') : isCommand ? words[0] : undefined;
  return `See: sluice ${command === undefined ? '' : `${command} `}--help`;
}

function errorOf(error: unknown, args: readonly string[]): CliError | ExitCode {
  if (error instanceof CliError) return error;
  if (error instanceof CommanderError) {
    // `--help` and `--version` end this way, and so does a noun without a verb, whose help has been shown.
    if (error.exitCode === 0) return exitCodes.ok;
    if (error.code === 'commander.help') return exitCodes.usage;
    // The value of an unknown option may be a secret.
    const message = error.message
      .replace(/^error: /, '')
      .replace(/^(unknown option '[^'=]+)=.*'/s, "$1'")
      .replaceAll('\n', ' ');
    return new CliError('USAGE', message, { exitCode: exitCodes.usage, hint: hintFor(error, args) });
  }
  return new CliError('INTERNAL', error instanceof Error ? error.message : String(error), { hint: 'This is a mistake in sluice itself.' });
}

/**
 * Runs the command.
 * @param args what was written after `sluice`
 * @returns the exit code; every error has been told by then
 */
export async function runSluice(args: readonly string[], ports: Ports, version: string): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const end = (code: ExitCode): void => {
    exitCode = code;
  };
  try {
    await buildProgram({ ports, end }, version).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (ports.signal.aborted) return exitCodes.interrupted;
    const complaint = errorOf(error, args);
    if (!(complaint instanceof CliError)) return complaint;
    ports.stderr.write(formatComplaint(complaint, formatAskedFor(args), paintFor(ports.stderr, ports.environment)));
    return complaint.exitCode;
  }
}
