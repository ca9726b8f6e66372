import type { Clock } from '@sluice/platform/clock';
import { ServerTCP } from 'modbus-serial';

/** A simulated bottling line behind a real Modbus TCP server. */
export type Plc = {
  readonly port: number;
  /** Stops the server and its connections. */
  close(): Promise<void>;
};

const bottlesPerSecond = 7;

/**
 * The holding registers of the line after it ran for `elapsedMs`, all unsigned 16-bit:
 * 0 state (1 = producing, 0 = idle), 1 and 2 bottles filled (high word, low word), 3 bottles rejected,
 * 4 temperature of the filler in tenths of a degree Celsius, 5 speed in bottles per minute, 6 number of the production order, 7 ideal speed.
 * Pure: the same time gives the same line.
 */
export function registersAt(elapsedMs: number, line: number): number[] {
  const seconds = elapsedMs / 1000;
  const phase = (seconds + line * 7) % 90;
  const producing = phase < 84 ? 1 : 0;
  const filled = Math.floor((Math.floor((seconds + line * 7) / 90) * 84 + Math.min(phase, 84)) * bottlesPerSecond);
  const temperature = Math.round(180 + 6 * Math.sin(seconds / 11 + line));
  return [
    producing,
    Math.floor(filled / 65_536) % 65_536,
    filled % 65_536,
    Math.floor(filled / 61) % 65_536,
    temperature,
    producing * bottlesPerSecond * 60,
    4700 + line,
    450,
  ];
}

/**
 * Starts the Modbus TCP server of one line on a port of the loopback interface.
 * @param line number of the line; gives each its own phase and order number
 */
export async function startPlc({ port, line, clock }: { port: number; line: number; clock: Clock }): Promise<Plc> {
  const startedAt = clock.monotonic();
  const read = (address: number): number => registersAt(clock.monotonic() - startedAt, line)[address] ?? 0;
  const server = new ServerTCP({ getHoldingRegister: read, getInputRegister: read }, { host: '127.0.0.1', port, unitID: 1 });
  await new Promise<void>((resolve, reject) => {
    server.on('initialized', () => resolve());
    server.on('serverError', (error) => reject(error ?? new Error('The simulated PLC could not listen.')));
  });
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
