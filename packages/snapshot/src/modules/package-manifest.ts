import { validRange } from 'semver';
import { SnapshotError } from '../errors.ts';
import { isObject, type JsonObject, pointerPart, readJson } from '../json.ts';

/** What a snapshot needs of a project's package.json. Scripts never run on a device and are not kept. */
export type PackageManifest = {
  /** Module name → exact version, range or tag of the registry. */
  dependencies: Record<string, string>;
  /** `node-red.settings` of the project. */
  nodeRedSettings: { flowFile?: string; credentialsFile?: string };
};

const bytesMax = 1024 * 1024;
const depthMax = 32;
const dependenciesMax = 1000;
/** npm's names, with the capital letters of old packages. */
const namePattern = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i;
const tagPattern = /^[a-z][a-z0-9._-]*$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses.
const fileNamePattern = /^[^/\\\u0000-\u001f:]{1,200}$/;

/**
 * Reads a project's package.json.
 * Modules must come from a registry: a device has neither the author's folders nor, in most plants, a way to a git host.
 * @throws {SnapshotError} PACKAGE_MALFORMED
 */
export function parsePackage(source: string | Uint8Array): PackageManifest {
  const length = typeof source === 'string' ? Buffer.byteLength(source) : source.length;
  if (length > bytesMax) throw malformed(`it has ${length} bytes; at most ${bytesMax} are allowed`);
  const outcome = readJson(source, depthMax);
  if ('problem' in outcome) throw malformed(outcome.problem);
  if (!isObject(outcome.value)) throw malformed('it is not an object');
  const document = outcome.value;
  return { dependencies: readDependencies(document), nodeRedSettings: readSettings(document) };
}

/** The bytes of the package.json that a release carries: only what the device needs, always written alike. */
export function packageBytes(manifest: PackageManifest): Uint8Array {
  const names = Object.keys(manifest.dependencies).sort();
  const dependencies = Object.fromEntries(names.map((name) => [name, manifest.dependencies[name]]));
  const document = {
    name: 'sluice-release',
    version: '0.0.0',
    private: true,
    dependencies,
    'node-red': { settings: manifest.nodeRedSettings },
  };
  return new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
}

function readDependencies(document: JsonObject): Record<string, string> {
  const value = Object.hasOwn(document, 'dependencies') ? document['dependencies'] : {};
  if (!isObject(value)) throw malformed('"dependencies" is not an object', '/dependencies');
  const entries = Object.entries(value);
  if (entries.length > dependenciesMax) throw malformed(`it has more than ${dependenciesMax} dependencies`, '/dependencies');
  return Object.fromEntries(
    entries.map(([name, specification]) => {
      const pointer = `/dependencies${pointerPart(name)}`;
      if (name.length > 214 || !namePattern.test(name)) throw malformed('a module has a name that npm does not allow', pointer);
      if (typeof specification !== 'string' || specification.length > 300) throw malformed(`the version of ${name} is not text`, pointer);
      if (!isRegistryVersion(specification)) {
        throw malformed(
          `${name} does not come from a registry but from elsewhere; give it a version or a range, such as "1.2.3" or "^1.2.0"`,
          pointer,
        );
      }
      return [name, specification];
    }),
  );
}

function isRegistryVersion(specification: string): boolean {
  return validRange(specification) !== null || tagPattern.test(specification);
}

function readSettings(document: JsonObject): PackageManifest['nodeRedSettings'] {
  const nodeRed = Object.hasOwn(document, 'node-red') ? document['node-red'] : undefined;
  const settings = isObject(nodeRed) && Object.hasOwn(nodeRed, 'settings') ? nodeRed['settings'] : undefined;
  if (!isObject(settings)) return {};
  const flowFile = readFileName(settings, 'flowFile');
  const credentialsFile = readFileName(settings, 'credentialsFile');
  return { ...(flowFile === undefined ? {} : { flowFile }), ...(credentialsFile === undefined ? {} : { credentialsFile }) };
}

function readFileName(settings: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || !fileNamePattern.test(value) || !value.isWellFormed() || value === '.' || value === '..') {
    throw malformed(`"${name}" is not the name of a file in the project's folder`, `/node-red/settings/${name}`);
  }
  return value;
}

function malformed(why: string, pointer = ''): SnapshotError {
  return new SnapshotError('PACKAGE_MALFORMED', `The package.json cannot be used: ${why}.`, { pointer });
}
