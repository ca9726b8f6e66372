import { once } from 'node:events';
import { createRequire } from 'node:module';

type ModbusServer = { on(event: string, listener: (argument: unknown) => void): unknown; close(callback: () => void): void };
type ModbusSerial = { ServerTCP: new (vector: object, options: { host: string; port: number; unitID: number }) => ModbusServer };

/** A Modbus TCP server whose registers hold their own address. */
export async function startPlc(port: number): Promise<{ close: () => Promise<void> }> {
  const { ServerTCP } = createRequire(import.meta.url)('modbus-serial') as ModbusSerial;
  const server = new ServerTCP({ getHoldingRegister: (address: number) => address }, { host: '127.0.0.1', port, unitID: 1 });
  await once(server as unknown as NodeJS.EventEmitter, 'initialized');
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}
