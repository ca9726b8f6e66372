import { once } from 'node:events';
import modbus from 'modbus-serial';

/** A Modbus TCP server whose registers hold their own address. */
export async function startPlc(port: number): Promise<{ close: () => Promise<void> }> {
  const vector = { getHoldingRegister: (address: number): number => address };
  const server = new modbus.ServerTCP(vector, { host: '127.0.0.1', port, unitID: 1 });
  await once(server, 'initialized');
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}
