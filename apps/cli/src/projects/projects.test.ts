import type { SnapshotContent } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { createMemoryFiles } from '../testing/memory-files.ts';
import { exportedFiles } from './exported-files.ts';
import { chooseFlowFile, readProject } from './read-project.ts';

const stdin = { isTerminal: false, readAll: async () => '[1]', readLine: async () => '' };
const read = (contents: Record<string, string>, path = '/p') => readProject({ files: createMemoryFiles(contents), stdin }, path);
const completeLock = JSON.stringify({ packages: { 'node_modules/node-red': { version: '5.0.7' } } });

describe('readProject', () => {
  it('when it is a Node-RED project, its package.json names the files', async () => {
    const manifest = JSON.stringify({ 'node-red': { settings: { flowFile: 'main.json', credentialsFile: 'secret.json' } } });
    const project = await read({ '/p/package.json': manifest, '/p/main.json': '[2]', '/p/flows.json': '[]', '/p/secret.json': '{}' });
    expect(project).toEqual({ flows: '[2]', package: manifest, credentialsPath: '/p/secret.json', notes: [] });
  });

  it('when it is a user directory, flows, credentials, lock and settings come along', async () => {
    const contents = {
      '/p/flows.json': '[]',
      '/p/flows_cred.json': '{}',
      '/p/package-lock.json': completeLock,
      '/p/settings.json': '{"lang":"de"}',
    };
    expect(await read(contents)).toEqual({
      flows: '[]',
      lock: completeLock,
      settings: { lang: 'de' },
      credentialsPath: '/p/flows_cred.json',
      notes: [],
    });
  });

  it('when the lock does not hold the runtime, it is left out, and that is said', async () => {
    const project = await read({ '/p/flows.json': '[]', '/p/package-lock.json': '{"packages":{"":{}}}' });
    expect(project).not.toHaveProperty('lock');
    expect(project.notes).toHaveLength(1);
  });

  it('when package.json points outside of the folder, it is not followed', async () => {
    const manifest = JSON.stringify({ 'node-red': { settings: { flowFile: '../secret.json' } } });
    expect((await read({ '/p/package.json': manifest, '/p/flows.json': '[]', '/secret.json': 'x' })).flows).toBe('[]');
  });

  it('when it is a file or standard input, that is all', async () => {
    expect(await read({ '/p/flows.json': '[]' }, '/p/flows.json')).toEqual({ flows: '[]', notes: [] });
    expect(await read({}, '-')).toEqual({ flows: '[1]', notes: [] });
  });

  it.each([
    ['is not there', {}, '/p', 'FILE_NOT_FOUND'],
    ['has no flows', { '/p/readme.md': '' }, '/p', 'FLOWS_NOT_FOUND'],
    ['has a broken package.json', { '/p/package.json': '[', '/p/flows.json': '[]' }, '/p', 'FILE_MALFORMED'],
  ])('when the project %s, it says so', async (_what, contents, path, code) => {
    await expect(read(contents as Record<string, string>, path)).rejects.toMatchObject({ code, exitCode: 2 });
  });
});

it('when flow files are named after hosts, the only one is taken, and several are candidates', () => {
  expect(chooseFlowFile(['flows_plc.json', 'flows_plc_cred.json'], undefined)).toBe('flows_plc.json');
  expect(() => chooseFlowFile(['flows_a.json', 'flows_b.json'], undefined)).toThrow(
    expect.objectContaining({ candidates: ['flows_a.json', 'flows_b.json'] }),
  );
});

it('when a snapshot is exported and read again, the same flows, modules, settings and runtime come back', async () => {
  const snapshot: SnapshotContent = {
    id: 's',
    applicationId: 'a',
    number: 3,
    digest: 'd',
    message: 'new PLC',
    labels: {},
    parent: 2,
    version: 1,
    createdBy: 'kim',
    createdAt: '2026-11-22T10:00:00.000Z',
    nodeCount: 1,
    flowCount: 1,
    modules: { 'node-red-contrib-x': '1.2.3' },
    variables: [],
    runtimeVersion: '4.1.0',
    hasLock: false,
    hasCredentials: false,
    flows: [{ id: 't', type: 'tab' }],
    settings: { lang: 'de' },
  };
  const files = exportedFiles(snapshot, 'Bottling line/1');
  expect(files.map(({ name }) => name)).toEqual(['flows.json', 'package.json', 'settings.json']);
  const project = await read(Object.fromEntries(files.map(({ name, text }) => [`/p/${name}`, text])));
  expect(project).toMatchObject({ runtimeVersion: '4.1.0', settings: { lang: 'de' } });
  expect(JSON.parse(project.flows)).toEqual(snapshot.flows);
  expect(JSON.parse(project.package ?? '')).toMatchObject({ name: 'bottling-line-1', dependencies: snapshot.modules });
});
