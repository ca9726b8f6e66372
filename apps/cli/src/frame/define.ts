import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { outputFormats } from '../output/printer.ts';
import type { Ports } from '../ports.ts';
import { createInvocation, type Invocation } from './invocation.ts';
import { choice, duration, type Parameters, text, type ValuesOf } from './parameters.ts';

/** What the frame gives each verb to run with, and where it leaves the exit code. */
export type Run = { ports: Ports; end(exitCode: ExitCode): void };

/** A verb that is ready to be put under its noun. */
export type Verb = { attach(parent: Command, name: string, run: Run): void };

export type VerbDefinition<P extends Parameters> = {
  summary: string;
  /** More for `--help`: examples, exit codes. */
  more?: string;
  parameters: P;
  /** The exit code; 0 when nothing is returned. */
  run(invocation: Invocation, values: ValuesOf<P>): Promise<ExitCode | undefined>;
};

const common = {
  format: choice('-o, --output <format>', outputFormats, 'How to show the result'),
  context: text('--context <name>', 'The stored sign-in to use, instead of SLUICE_CONTEXT or the current one'),
  organization: text('--organization <name>', 'Needed when you are in several'),
  requestTimeoutMs: duration('--request-timeout <duration>', 'How long one request may take (default 60s)'),
} satisfies Parameters;

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
  // Each value was read by its own parameter, so the record has their types.
  return Object.fromEntries(values) as ValuesOf<P>;
}

/** Defines a verb. */
export function defineVerb<const P extends Parameters>(definition: VerbDefinition<P>): Verb {
  return {
    attach: (parent, name, { ports, end }) => {
      const command = parent.command(name).description(definition.summary).allowExcessArguments(false);
      addParameters(command, definition.parameters);
      addParameters(command, common);
      if (definition.more !== undefined) command.addHelpText('after', `\n${definition.more}`);
      command.action(async () => {
        const { format, ...others } = readValues(command, common);
        const invocation = createInvocation(ports, { ...others, format: format ?? 'table' });
        end((await definition.run(invocation, readValues(command, definition.parameters))) ?? exitCodes.ok);
      });
    },
  };
}
