import { parseArgs } from 'node:util';

/** What the person asked the demo for. */
export type DemoArguments = {
  /** End after the story instead of staying up. */
  exit: boolean;
  /** Print one JSON object as the last line; the story itself goes to standard error. */
  json: boolean;
  /** Throw away what earlier runs left and start afresh. */
  reset: boolean;
  /** Port of API and console; undefined: the one of the last run, else 3400 or the next free one. */
  port: number | undefined;
  help: boolean;
};

export const usage = `npm run demo [-- options]

Starts a control plane and five devices with real Node-RED, tells the story of three releases of a bottling line, and stays up until Ctrl-C.

  --exit        end after the story; exit code 0 only if every step had the expected outcome
  --json        print the result as one JSON object on the last line of standard output
  --reset       throw away the data of earlier runs first
  --port N      port of API and console (default 3400, or the next free one)
  --help        show this text
`;

/**
 * Reads the command line.
 * @throws Error with a sentence for people when an option is unknown or wrong
 */
export function parseDemoArguments(argv: readonly string[]): DemoArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      exit: { type: 'boolean' },
      json: { type: 'boolean' },
      reset: { type: 'boolean' },
      port: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536))
    throw new Error(`--port takes a port number from 1 to 65535, not "${values.port}".`);
  return { exit: values.exit ?? false, json: values.json ?? false, reset: values.reset ?? false, port, help: values.help ?? false };
}
