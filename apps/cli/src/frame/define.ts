import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { outputFormats } from '../output/printer.ts';
import type { Ports } from '../ports.ts';
import { createInvocation, type Invocation } from './invocation.ts';
import { choice, duration, flag, type Parameters, text, type ValuesOf } from './parameters.ts';
import { canBeWatched, changesSomething } from './verb-kinds.ts';
import { watchVerb } from './watch-verb.ts';
import { HeldBack } from './writes.ts';

/** What the frame gives each verb to run with, and where it leaves the exit code. */
export type Run = { ports: Ports; end(exitCode: ExitCode): void };

/** A verb that is ready to be put under its noun. */
export type Verb = { attach(parent: Command, name: string, run: Run): void };

export type VerbDefinition<P extends Parameters> = {
  summary: string;
  /** More for `--help`: examples, exit codes. */
  more?: string;
  parameters: P;
  /** False: it cannot be tried out, because what it does is no request of this session alone. */
  dryRun?: false;
  /** The exit code; 0 when nothing is returned. */
  run(invocation: Invocation, values: ValuesOf<P>): Promise<ExitCode | undefined>;
};

const common = {
  format: choice('-o, --output <format>', outputFormats, 'How to show the result'),
  context: text('--context <name>', 'The stored sign-in to use, instead of SLUICE_CONTEXT or the current one'),
  organization: text('--organization <name>', 'Needed when you are in several'),
  requestTimeoutMs: duration('--request-timeout <duration>', 'How long one request may take (default 60s)'),
} satisfies Parameters;

const watchParameter = { watch: flag('-w, --watch', 'Show it again whenever it changes, until Ctrl-C') } satisfies Parameters;
const dryRunParameter = {
  dryRun: flag('--dry-run', 'Change nothing: only show the first request that would be sent'),
} satisfies Parameters;

/** The options that a verb has because of what it is. */
function sharedParameters(definition: VerbDefinition<Parameters>, parent: Command, name: string): Parameters {
  const own = definition.parameters;
  const isLogin = name === 'login';
  return {
    ...(canBeWatched(parent, name) && own['watch'] === undefined ? watchParameter : {}),
    ...(changesSomething(parent, name) && own['dryRun'] === undefined && definition.dryRun !== false && !isLogin ? dryRunParameter : {}),
  };
}

function addParameters(command: Command, parameters: Parameters): void {
  for (const parameter of Object.values(parameters)) {
    if (parameter.kind === 'argument') command.addArgument(parameter.argument);
    else command.addOption(parameter.option);
  }
}

function readValues<P extends Parameters>(command: Command, parameters: P): ValuesOf<P> {
  const options = command.opts();
  let position = 0;
  const values = Object.entries(parameters).map(([name, parameter]) => {
    const raw: unknown = parameter.kind === 'argument' ? command.processedArgs[position++] : options[parameter.option.attributeName()];
    return [name, parameter.read(raw)] as const;
  });
  // Whoever says how long to wait wants to wait.
  const named = new Map<string, unknown>(values);
  if (named.has('wait') && named.get('timeout') !== undefined) named.set('wait', true);
  // Each value was read by its own parameter, so the record has their types.
  return Object.fromEntries(named) as ValuesOf<P>;
}

/** Runs the verb; in a dry run the first request that would change something ends it, and is shown. */
async function runOnce(invocation: Invocation, work: () => Promise<ExitCode | undefined>): Promise<ExitCode | undefined> {
  try {
    const exitCode = await work();
    if (invocation.common.dryRun) invocation.note('Nothing would be changed.');
    return exitCode;
  } catch (error) {
    if (!(error instanceof HeldBack)) throw error;
    const { method, path, body } = error.request;
    if (!invocation.print.isForPeople) invocation.print.data(error.request);
    else invocation.print.line(`${method} ${path}${body === undefined ? '' : `\n${JSON.stringify(body, undefined, 2)}`}`);
    invocation.note('Nothing was changed: this would be sent.');
    return undefined;
  }
}

/** Defines a verb. */
export function defineVerb<const P extends Parameters>(definition: VerbDefinition<P>): Verb {
  return {
    attach: (parent, name, { ports, end }) => {
      const command = parent.command(name).description(definition.summary).allowExcessArguments(false);
      const shared = sharedParameters(definition as unknown as VerbDefinition<Parameters>, parent, name);
      addParameters(command, definition.parameters);
      addParameters(command, shared);
      addParameters(command, common);
      if (definition.more !== undefined) command.addHelpText('after', `\n${definition.more}`);
      command.action(async () => {
        const { format = 'table', ...others } = readValues(command, common);
        const chosen = readValues(command, shared);
        const values = readValues(command, definition.parameters);
        const run = (of: Ports): Promise<ExitCode | undefined> => {
          const invocation = createInvocation(of, { ...others, format, dryRun: chosen['dryRun'] === true });
          return runOnce(invocation, () => definition.run(invocation, values));
        };
        if (chosen['watch'] === true) await watchVerb(ports, format === 'table' || format === 'wide', run);
        end((await run(ports)) ?? exitCodes.ok);
      });
    },
  };
}
