import type { ModuleList, ReleaseModule } from '@sluice/contracts';
import type { BundledModule } from '@sluice/snapshot';
import { canonicalJson, sha256Hex } from '@sluice/trust';
import { type Integrity, strongestIntegrity } from './integrity.ts';

export type SbomInput = {
  applicationName: string;
  snapshotDigest: string;
  list: ModuleList;
  /** Packages that travel inside the tarball of another one. */
  bundled: readonly BundledModule[];
  /** What the packages themselves name, by integrity. */
  licenses: ReadonlyMap<string, string>;
};

type Hash = { alg: string; content: string };
type License = { license: { id: string } } | { license: { name: string } } | { expression: string };
type Component = {
  type: 'library';
  'bom-ref': string;
  group?: string;
  name: string;
  version: string;
  scope: 'required' | 'optional';
  purl: string;
  hashes?: Hash[];
  licenses?: License[];
  properties: { name: string; value: string }[];
};

const algorithms: Readonly<Record<Integrity['algorithm'], string>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};

/** Identifiers of SPDX that packages use. Others are given as names, which is always true, if less exact. */
const spdxIds = new Set(
  (
    '0BSD AFL-2.1 AGPL-3.0-only AGPL-3.0-or-later Apache-2.0 Artistic-2.0 BlueOak-1.0.0 BSD-2-Clause BSD-3-Clause BSD-3-Clause-Clear BSL-1.0 ' +
    'CC-BY-3.0 CC-BY-4.0 CC0-1.0 EPL-1.0 EPL-2.0 GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later ISC LGPL-2.1-only LGPL-2.1-or-later ' +
    'LGPL-3.0-only LGPL-3.0-or-later MIT MIT-0 MPL-2.0 OFL-1.1 Python-2.0 Unicode-DFS-2016 Unlicense W3C WTFPL X11 Zlib'
  ).split(' '),
);

/** A licence as CycloneDX writes it. */
export function licenseOf(text: string): License {
  if (spdxIds.has(text)) return { license: { id: text } };
  const words = text.replace(/[()]/g, ' ').trim().split(/\s+/);
  const isExpression =
    words.length >= 3 && words.every((word, index) => (index % 2 === 0 ? spdxIds.has(word) : word === 'AND' || word === 'OR'));
  return isExpression ? { expression: text } : { license: { name: text } };
}

/** A package URL (https://github.com/package-url/purl-spec) of an npm package. */
export function packageUrl(name: string, version: string): string {
  const [group, base] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const prefix = group === undefined ? '' : `${encodeURIComponent(group)}/`;
  return `pkg:npm/${prefix}${encodeURIComponent(base ?? '')}@${encodeURIComponent(version)}`;
}

function nameParts(name: string): { group?: string; name: string } {
  const [group, base] = name.split('/');
  return name.startsWith('@') && group !== undefined && base !== undefined ? { group, name: base } : { name };
}

function hashesOf(module: ReleaseModule): Hash[] {
  const integrity = strongestIntegrity(module.integrity);
  const own = { alg: 'SHA-256', content: module.sha256 };
  if (integrity === undefined || integrity.algorithm === 'sha256') return [own];
  return [own, { alg: algorithms[integrity.algorithm], content: integrity.digest.toString('hex') }];
}

function placeProperty(path: string): { name: string; value: string } {
  return { name: 'sluice:path', value: path };
}

/** Components by package URL and tarball: the same package at several places is one. */
function componentsOf({ list, bundled, licenses }: SbomInput): Component[] {
  const components = new Map<string, Component>();
  const add = (ref: string, path: string, component: Omit<Component, 'bom-ref' | 'properties'>): void => {
    const known = components.get(ref);
    if (known === undefined) components.set(ref, { ...component, 'bom-ref': ref, properties: [placeProperty(path)] });
    else {
      known.properties.push(placeProperty(path));
      if (component.scope === 'required') known.scope = 'required';
    }
  };
  for (const module of list.modules) {
    const purl = packageUrl(module.name, module.version);
    const license = licenses.get(module.integrity);
    add(`${purl}#${module.sha256}`, module.path, {
      type: 'library',
      ...nameParts(module.name),
      version: module.version,
      scope: module.optional === undefined ? 'required' : 'optional',
      purl,
      hashes: hashesOf(module),
      ...(license === undefined ? {} : { licenses: [licenseOf(license)] }),
    });
  }
  for (const { path, name, version, license } of bundled) {
    const purl = packageUrl(name, version ?? '0');
    add(`${purl}#bundled`, path, {
      type: 'library',
      ...nameParts(name),
      version: version ?? '0',
      scope: 'required',
      purl,
      ...(license === null ? {} : { licenses: [licenseOf(license)] }),
    });
  }
  return [...components.values()];
}

/** A UUID (version 8) from a digest, so that the same content has the same serial number. */
function uuidOf(digest: string): string {
  const variant = ((Number.parseInt(digest[16] ?? '0', 16) & 3) | 8).toString(16);
  return [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`, variant + digest.slice(17, 20), digest.slice(20, 32)].join(
    '-',
  );
}

/** The bill of materials of a release, CycloneDX 1.6 as canonical JSON: the same content gives the same bytes. */
export function buildSbom(input: SbomInput): Uint8Array {
  const { applicationName, snapshotDigest, list } = input;
  return canonicalJson({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(sha256Hex(`${snapshotDigest} ${list.lockDigest}`))}`,
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': 'release',
        name: applicationName,
        version: snapshotDigest,
        properties: [{ name: 'sluice:lockDigest', value: list.lockDigest }],
      },
      properties: list.omitted.map((path) => ({ name: 'sluice:omitted', value: path })),
    },
    components: componentsOf(input),
  });
}
