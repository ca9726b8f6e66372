import type { ExitCode } from '../exit-codes.ts';
import type { Ports, TextOutput } from '../ports.ts';
import { createPatientReader } from './patient-reader.ts';

const intervalMs = 2_000;
const clearScreen = '\u001b[H\u001b[2J\u001b[3J';

function collecting(output: TextOutput, lines: string[]): TextOutput {
  return {
    write: (text) => void lines.push(text),
    isTerminal: output.isTerminal,
    get columns() {
      return output.columns;
    },
  };
}

/**
 * Runs a verb that shows something again and again, and writes what it shows whenever that has changed: over the old on a terminal, below it
 * elsewhere. Ends when the person ends it.
 * @throws CliError as the verb; the signal's reason
 */
export async function watchVerb(ports: Ports, isForPeople: boolean, show: (ports: Ports) => Promise<ExitCode | undefined>): Promise<never> {
  let shown: string | undefined;
  const look = async (): Promise<{ out: string; notes: string }> => {
    const [out, notes]: [string[], string[]] = [[], []];
    await show({ ...ports, stdout: collecting(ports.stdout, out), stderr: collecting(ports.stderr, notes) });
    return { out: out.join(''), notes: notes.join('') };
  };
  const read = createPatientReader(look, {
    clock: ports.clock,
    onTrouble: (error) => ports.stderr.write(`${error.message} Trying again …\n`),
  });
  const repaint = isForPeople && ports.stdout.isTerminal && ports.environment['TERM'] !== 'dumb';
  for (;;) {
    const seen = await read();
    const text = seen === undefined ? shown : `${seen.out}\u0000${seen.notes}`;
    if (seen !== undefined && text !== shown) {
      if (repaint) ports.stdout.write(clearScreen);
      else if (isForPeople && shown !== undefined) ports.stdout.write('\n');
      ports.stdout.write(seen.out);
      ports.stderr.write(seen.notes);
      shown = text;
    }
    await ports.clock.sleep(intervalMs, ports.signal);
  }
}
