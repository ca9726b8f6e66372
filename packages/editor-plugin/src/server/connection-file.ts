import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Named } from '../view.ts';
import { PluginFailure } from './failure.ts';

/** To what this Node-RED is connected. */
export type Connection = {
  address: string;
  token: string;
  organization: Named;
  application: Named;
  /** The key that was there when a person connected: another one may be somebody else's. */
  sealingKey: string;
};

export type ConnectionFile = {
  /** Undefined when nobody has connected yet. */
  read(): Promise<Connection | undefined>;
  /** @throws PluginFailure SETTINGS_NOT_KEPT */
  write(connection: Connection): Promise<void>;
  remove(): Promise<void>;
};

const fileName = '.sluice-editor.json';

function isConnection(value: unknown): value is Connection {
  if (typeof value !== 'object' || value === null) return false;
  const text = (holder: object, name: string): boolean => typeof Reflect.get(holder, name) === 'string';
  const named = (name: string): boolean => {
    const member: unknown = Reflect.get(value, name);
    return typeof member === 'object' && member !== null && text(member, 'id') && text(member, 'name');
  };
  return ['address', 'token', 'sealingKey'].every((name) => text(value, name)) && named('organization') && named('application');
}

/** Keeps the connection in a file of Node-RED's user folder that only its own account reads; it is no part of flows or settings, so no export has it. */
export function createConnectionFile(userFolder: string): ConnectionFile {
  const path = join(userFolder, fileName);
  return {
    read: async () => {
      try {
        const value: unknown = JSON.parse(await readFile(path, 'utf8'));
        return isConnection(value) ? value : undefined;
      } catch {
        return undefined;
      }
    },
    write: async (connection) => {
      const temporary = `${path}.new`;
      try {
        await rm(temporary, { force: true });
        await writeFile(temporary, `${JSON.stringify(connection, null, 2)}\n`, { mode: 0o600 });
        // Whatever the process's umask says.
        await chmod(temporary, 0o600);
        await rename(temporary, path);
      } catch (error) {
        throw new PluginFailure('SETTINGS_NOT_KEPT', error instanceof Error ? error.message : path);
      }
    },
    remove: () => rm(path, { force: true }),
  };
}
