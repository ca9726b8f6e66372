import type { Application, Release, Snapshot } from '@sluice/contracts';
import type { View } from '../printer.ts';
import { formatMoment } from '../time.ts';

type Zone = string | undefined;

/** How applications are shown. */
export function applicationView(zone: Zone): View<Application> {
  return {
    noun: 'applications',
    name: (application) => application.name,
    columns: [
      { title: 'Name', value: (application) => application.name },
      { title: 'Description', value: (application) => application.description },
      { title: 'Created', value: (application) => formatMoment(application.createdAt, zone) },
      { title: 'Id', value: (application) => application.id, wide: true },
    ],
  };
}

const variables = (snapshot: Snapshot): string =>
  snapshot.variables.map(({ name, secret }) => (secret ? `${name} (secret)` : name)).join(', ') || '–';
const labels = (snapshot: Snapshot): string =>
  Object.entries(snapshot.labels)
    .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
    .join(', ') || '–';
const modules = (snapshot: Snapshot): string =>
  Object.entries(snapshot.modules)
    .map(([name, version]) => `${name}@${version}`)
    .join(', ') || '–';

/** How snapshots of an application are shown. */
export function snapshotView(applicationName: string, zone: Zone): View<Snapshot> {
  return {
    noun: 'snapshots',
    name: (snapshot) => `${applicationName}/v${snapshot.number}`,
    columns: [
      { title: 'Snapshot', value: (snapshot) => `v${snapshot.number}` },
      { title: 'Message', value: ({ message }) => message.split('\n', 1)[0] ?? '' },
      { title: 'Nodes', value: (snapshot) => String(snapshot.nodeCount), align: 'right' },
      { title: 'Flows', value: (snapshot) => String(snapshot.flowCount), align: 'right' },
      { title: 'By', value: (snapshot) => snapshot.createdBy },
      { title: 'Created', value: (snapshot) => formatMoment(snapshot.createdAt, zone) },
      { title: 'Labels', value: labels, wide: true },
      { title: 'Parent', value: (snapshot) => (snapshot.parent === null ? '–' : `v${snapshot.parent}`), wide: true },
      { title: 'Node-RED', value: (snapshot) => snapshot.runtimeVersion, wide: true },
      { title: 'Lock', value: (snapshot) => (snapshot.hasLock ? 'yes' : 'no'), wide: true },
      { title: 'Credentials', value: (snapshot) => (snapshot.hasCredentials ? 'yes' : 'no'), wide: true },
      { title: 'Modules', value: modules, wide: true },
      { title: 'Variables', value: variables, wide: true },
      { title: 'Digest', value: (snapshot) => snapshot.digest, wide: true },
      { title: 'Id', value: (snapshot) => snapshot.id, wide: true },
    ],
  };
}

function noteOf({ republishedFrom, importedFrom }: Release): string {
  if (republishedFrom !== null) return 'published again to roll back';
  return importedFrom === undefined ? '' : `imported from ${importedFrom.applicationName}`;
}

/** How releases of an application are shown. */
export function releaseView(applicationName: string, zone: Zone): View<Release> {
  return {
    noun: 'releases',
    // Published again means the same name as the first one: only the id tells them apart.
    name: (release) => (release.republishedFrom === null ? `${applicationName}/${release.name}` : release.id),
    columns: [
      { title: 'Release', value: (release) => release.name },
      { title: 'Snapshot', value: (release) => `v${release.snapshotNumber}` },
      { title: 'Counter', value: (release) => String(release.counter), align: 'right' },
      { title: 'Note', value: noteOf },
      { title: 'By', value: (release) => release.publishedBy },
      { title: 'Published', value: (release) => formatMoment(release.createdAt, zone) },
      { title: 'Digest', value: (release) => release.digest, wide: true },
      { title: 'Lock digest', value: (release) => release.lockDigest, wide: true },
      { title: 'Id', value: (release) => release.id, wide: true },
    ],
  };
}
