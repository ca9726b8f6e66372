import { describe, expect, it } from 'vitest';
import { refusal } from '../testing/refusal.ts';
import { readProjectFiles } from './project-files.ts';
import { readUpload } from './read-upload.ts';
import { writeZip } from './zip/write-zip.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const files = (contents: Record<string, string>): Map<string, Uint8Array> =>
  new Map(Object.entries(contents).map(([name, text]) => [name, bytes(text)]));
const read = (contents: Record<string, string>) => readProjectFiles(files(contents));
const manifestNaming = (settings: object): string => JSON.stringify({ 'node-red': { settings } });
const completeLock = JSON.stringify({ packages: { 'node_modules/node-red': { version: '5.0.7' } } });

describe('readProjectFiles', () => {
  it('when it is a Node-RED project, its package.json names the files', () => {
    const manifest = manifestNaming({ flowFile: 'main.json', credentialsFile: 'secret.json' });
    const contents = {
      'package.json': manifest,
      'main.json': '[2]',
      'flows.json': '[]',
      'secret.json': '{"a":{}}',
      'main_cred.json': '{}',
    };
    expect(read(contents)).toEqual({ flows: '[2]', package: manifest, credentials: '{"a":{}}', notes: [] });
  });

  it('when it is a user directory, flows, credentials, lock, settings and variables come along, and nothing else', () => {
    const contents = {
      '.config.runtime.json': '{"_credentialSecret":"x"}',
      '.flows.json.backup': '[3]',
      'flows.json': '[]',
      'flows_cred.json': '{}',
      'package-lock.json': completeLock,
      'settings.js': 'module.exports = {}',
      'settings.json': '{"lang":"de"}',
      'variables.json': '[{"name":"A","required":true,"secret":false,"default":"1"}]',
    };
    expect(read(contents)).toEqual({
      flows: '[]',
      lock: completeLock,
      settings: { lang: 'de' },
      variables: [{ name: 'A', required: true, secret: false, default: '1' }],
      credentials: '{}',
      notes: [],
    });
  });

  it('when files begin with a byte order mark, it is not part of them', () => {
    expect(read({ 'flows.json': '\uFEFF[]', 'settings.json': '\uFEFF{}' })).toEqual({ flows: '[]', settings: {}, notes: [] });
  });

  it('when the lock does not hold the runtime, it is left out, and that is said', () => {
    const project = read({ 'flows.json': '[]', 'package-lock.json': '{"packages":{"":{}}}' });
    expect(project).not.toHaveProperty('lock');
    expect(project.notes).toHaveLength(1);
  });

  it.each([
    ['the usual name beside others', { 'flow.json': '[1]', 'flows_a.json': '[]', 'x.json': '[]' }],
    ['named after a host', { 'flows_plc.json': '[1]', 'flows_plc_cred.json': '{}', 'x.json': '[]' }],
    ['the only one there is', { 'my export.json': '[1]', 'tsconfig.json': '{}', 'package.json': '{}' }],
  ])('when the flow file is %s, it is taken', (_, contents) => {
    expect(read(contents as Record<string, string>).flows).toBe('[1]');
  });

  it('when several files could be the flows, all are named', () => {
    expect(() => read({ 'flows_a.json': '[]', 'flows_b.json': '[]' })).toThrow(/flows_a\.json, flows_b\.json/);
    expect(() => read({ 'flows_a.json': '[]', 'flows_b.json': '[]' })).toThrow(refusal('FLOWS_NOT_FOUND'));
  });

  it.each([
    ['holds no flows', { 'readme.md': '' }, 'FLOWS_NOT_FOUND'],
    ['names flows that are not there', { 'package.json': manifestNaming({ flowFile: 'a.json' }), 'flows.json': '[]' }, 'FLOWS_NOT_FOUND'],
    ['is a copy of the history', { 'flows/order.json': '{}', 'package.json': '{}' }, 'FLOWS_NOT_FOUND'],
    ['points outside of itself', { 'package.json': manifestNaming({ flowFile: '../x.json' }), 'flows.json': '[]' }, 'PACKAGE_MALFORMED'],
    ['has a broken package.json', { 'package.json': '[', 'flows.json': '[]' }, 'PACKAGE_MALFORMED'],
    ['has settings that are a list', { 'settings.json': '[]', 'flows.json': '[]' }, 'PROJECT_MALFORMED'],
    ['has settings that poison', { 'settings.json': '{"a":{"__proto__":{"b":1}}}', 'flows.json': '[]' }, 'PROJECT_MALFORMED'],
    ['has settings that nest for ever', { 'settings.json': `{"a":${'['.repeat(5000)}`, 'flows.json': '[]' }, 'PROJECT_MALFORMED'],
    ['has variables without names', { 'variables.json': '[{"required":true,"secret":false}]', 'flows.json': '[]' }, 'PROJECT_MALFORMED'],
    ['has variables that are none', { 'variables.json': '{}', 'flows.json': '[]' }, 'PROJECT_MALFORMED'],
    ['has a lock that is no JSON', { 'package-lock.json': 'lock', 'flows.json': '[]' }, 'PROJECT_MALFORMED'],
  ] as const)('when a project %s, it is refused', (_, contents, code) => {
    expect(() => read(contents)).toThrow(refusal(code));
    expect(({} as { b?: unknown }).b).toBeUndefined();
  });

  it('when flows are in UTF-16, it says which file and what to do', () => {
    expect(() => readProjectFiles(new Map([['flows.json', new Uint8Array(Buffer.from('\uFEFF[]', 'utf16le'))]]))).toThrow(
      /flows\.json is not text in UTF-8/,
    );
  });
});

describe('readUpload', () => {
  const upload = (contents: Record<string, string>) => readUpload(writeZip(files(contents)));

  it('when a zip holds a project at its root, in a folder, or in folders, it is the same', () => {
    const project = { 'flows.json': '[1]', 'package.json': '{}', 'node_modules/a/package.json': '[' };
    for (const prefix of ['', 'project-main/', 'a/b/c/']) {
      const contents = Object.fromEntries(Object.entries(project).map(([name, text]) => [prefix + name, text]));
      const found = upload({ ...contents, '__MACOSX/._flows.json': 'x', '.git/config': 'x' });
      expect(found).toEqual({ flows: '[1]', package: '{}', notes: [] });
    }
  });

  it('when a zip holds several projects, or none, it is refused', () => {
    expect(() => upload({ 'a/flows.json': '[]', 'b/flows.json': '[]' })).toThrow(refusal('FLOWS_NOT_FOUND'));
    expect(() => upload({})).toThrow(refusal('FLOWS_NOT_FOUND'));
  });

  it('when it is no zip, it is a flow file of any form', () => {
    expect(readUpload(bytes('\uFEFF[]'))).toEqual({ flows: '[]', notes: [] });
    expect(readUpload(bytes('{"flows":[],"modules":{"node-red":"5.0.7"}}'))).toMatchObject({ flows: '[]', package: expect.any(String) });
    expect(() => readUpload(Uint8Array.of(0xff, 0xfe))).toThrow(refusal('PROJECT_MALFORMED'));
  });
});
