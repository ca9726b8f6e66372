// Prisma's schema engine as WebAssembly: unlike the native one it needs no download. Only for making migrations and for tests.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';

type Engine = import('@prisma/schema-engine-wasm').SchemaEngine;
type EngineModule = { __wbg_set_wasm(exports: unknown): void; SchemaEngine: typeof import('@prisma/schema-engine-wasm').SchemaEngine };

// The part of the WebAssembly interface that is used: its types come only with the browser's.
type WebAssemblyInterface = {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
};
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyInterface };

const NO_FILTERS = { externalTables: [], externalEnums: [] };

let loaded: Promise<EngineModule> | undefined;

// The package's own entry imports the .wasm file as a module, which Node does only behind a flag.
async function load(): Promise<EngineModule> {
  const path = fileURLToPath(import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg')).replace(/\.js$/, '.wasm');
  const { instance } = await WebAssembly.instantiate(await readFile(path), {
    './schema_engine_bg.js': engine,
  });
  const module = engine as unknown as EngineModule;
  module.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
  return module;
}

async function open(connectionString: string, schema: string): Promise<Engine> {
  loaded ??= load();
  const { SchemaEngine } = await loaded;
  // A short idle timeout: the engine's pool is not ours to close, and an idle connection keeps the process alive.
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString, idleTimeoutMillis: 10, allowExitOnIdle: true }));
  return SchemaEngine.new({ datamodels: [['schema.prisma', schema]] }, () => undefined, adapter);
}

/**
 * The SQL that leads from one Prisma schema (undefined: nothing) to another; empty when there is no difference.
 * @param connectionString of any reachable database: the engine asks it for its version and changes nothing
 */
export async function schemaDifference(connectionString: string, from: string | undefined, to: string): Promise<string> {
  const schema = await open(connectionString, to);
  const datamodel = (content: string) => ({ tag: 'schemaDatamodel' as const, files: [{ path: 'schema.prisma', content }] });
  const { stdout } = await schema.diff({
    from: from === undefined ? { tag: 'empty' } : datamodel(from),
    to: datamodel(to),
    script: true,
    exitCode: null,
    filters: NO_FILTERS,
  });
  const sql = (stdout ?? '').trim();
  return sql.includes('This is an empty migration') ? '' : `${sql}\n`;
}
