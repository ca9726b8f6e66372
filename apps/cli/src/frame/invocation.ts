import { usageError } from '../errors.ts';
import { createPrinter, type OutputFormat, type Printer } from '../output/printer.ts';
import type { Ports } from '../ports.ts';
import { openSession, type Session } from './session.ts';
import { holdWrites } from './writes.ts';

/** One run of one verb. */
export type Invocation = {
  ports: Ports;
  print: Printer;
  /** The context that was named on the command line, and the timeout of one request. */
  common: CommonValues;
  /** Tells the person something besides the result: on standard error. */
  note(sentence: string): void;
  /** @throws CliError NOT_SIGNED_IN … */
  connect(): Promise<Session>;
  /** Asks before something that cannot be taken back. @throws CliError USAGE when it is not confirmed */
  confirm(question: string, confirmed: boolean): Promise<void>;
};

export type CommonValues = {
  format: OutputFormat;
  context: string | undefined;
  organization: string | undefined;
  requestTimeoutMs: number | undefined;
  /** Nothing that changes anything is sent. */
  dryRun: boolean;
};

const requestTimeoutMsDefault = 60_000;

async function confirm(ports: Ports, question: string, confirmed: boolean): Promise<void> {
  if (confirmed) return;
  if (!ports.stdin.isTerminal || !ports.stderr.isTerminal)
    throw usageError(`${question} Nobody is there to ask.`, 'Add --yes to do it without a question.');
  const answer = await ports.stdin.readLine(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw usageError('Nothing was done.');
}

/** Makes the invocation of a verb. */
export function createInvocation(ports: Ports, common: CommonValues): Invocation {
  const { format, context, organization, requestTimeoutMs } = common;
  return {
    ports,
    common,
    print: createPrinter(ports, format),
    note: (sentence) => ports.stderr.write(`${sentence}\n`),
    connect: async () => {
      const session = await openSession(ports, { context, organization, timeoutMs: requestTimeoutMs ?? requestTimeoutMsDefault });
      return common.dryRun ? holdWrites(session) : session;
    },
    confirm: (question, confirmed) => confirm(ports, question, confirmed || common.dryRun),
  };
}

/** The timeout of one request in milliseconds. */
export function requestTimeoutMsOf({ common }: Pick<Invocation, 'common'>): number {
  return common.requestTimeoutMs ?? requestTimeoutMsDefault;
}
