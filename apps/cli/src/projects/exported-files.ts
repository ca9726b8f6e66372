import type { SnapshotContent } from '@sluice/contracts';

export type ExportedFile = { name: string; text: string };

/** A name that npm accepts for a package. */
function packageName(applicationName: string): string {
  const name = applicationName
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? 'flows' : name;
}

/** A snapshot as the files of a Node-RED project, written as Node-RED itself writes them. */
export function exportedFiles(snapshot: SnapshotContent, applicationName: string): ExportedFile[] {
  const { number, digest, runtimeVersion, modules, message, settings, flows } = snapshot;
  const manifest = {
    name: packageName(applicationName),
    description: message,
    version: `0.0.${number}`,
    private: true,
    dependencies: modules,
    'node-red': { settings: { flowFile: 'flows.json', credentialsFile: 'flows_cred.json' } },
    sluice: { application: applicationName, snapshot: number, digest, runtimeVersion },
  };
  const text = (value: unknown): string => JSON.stringify(value, undefined, 4);
  return [
    { name: 'flows.json', text: text(flows) },
    { name: 'package.json', text: `${text(manifest)}\n` },
    ...(Object.keys(settings).length === 0 ? [] : [{ name: 'settings.json', text: `${text(settings)}\n` }]),
  ];
}
