import { controllers } from './controllers.ts';
import { databases } from './databases.ts';
import type { CatalogueEntry, CatalogueFamily } from './entry.ts';
import { local } from './local.ts';
import { modbus } from './modbus.ts';
import { mqtt } from './mqtt.ts';
import { opcua } from './opcua.ts';
import { services } from './services.ts';
import { sockets } from './sockets.ts';
import { web } from './web.ts';

const families: readonly CatalogueFamily[] = [mqtt, web, sockets, modbus, opcua, controllers, databases, local, services];

/** What is known about types of nodes, by type. */
export const catalogue: ReadonlyMap<string, CatalogueEntry> = new Map(families.flatMap((family) => Object.entries(family)));
