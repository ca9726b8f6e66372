import type { ApiDependencies } from '../../dependencies.ts';
import type { ApiServer } from '../../http/server.ts';

/** Registers the routes that devices talk to, below `/device/v1`. */
export async function registerDeviceApi(_app: ApiServer, _deps: ApiDependencies): Promise<void> {}
