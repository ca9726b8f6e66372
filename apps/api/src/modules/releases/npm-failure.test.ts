import { expect, it } from 'vitest';
import { moduleNamedBy, moduleResolverErrorOf, type NpmExit, readNpmError } from './npm-failure.ts';

function exitWith(error: { code: string; summary: string; detail?: string }): NpmExit {
  return { code: 1, stdout: JSON.stringify({ error: { detail: '', ...error } }), stderr: '', timedOut: false };
}

const notFound = {
  code: 'E404',
  summary: 'Not Found - GET https://registry.example/@acme%2fnode-red-contrib-nothing',
  detail: "The requested resource '@acme/node-red-contrib-nothing@1.0.0' could not be found or you do not have permission to access it.",
};
const noVersion = { code: 'ETARGET', summary: 'No matching version found for node-red-contrib-modbus@99.0.0.' };

it.each([
  [notFound, '@acme/node-red-contrib-nothing@1.0.0'],
  [{ ...notFound, detail: '' }, '@acme/node-red-contrib-nothing'],
  [noVersion, 'node-red-contrib-modbus@99.0.0'],
])('when npm misses a module (%o), it is named', (error, name) => {
  expect(moduleNamedBy(readNpmError(exitWith(error)))).toBe(name);
  expect(moduleResolverErrorOf(exitWith(error))).toMatchObject({ code: 'MODULE_NOT_FOUND', message: expect.stringContaining(name) });
});

it.each(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'E503'])('when the registry fails with %s, it is unreachable', (code) => {
  expect(moduleResolverErrorOf(exitWith({ code, summary: 'request failed' })).code).toBe('REGISTRY_UNREACHABLE');
});

it('when npm had to be killed, the registry is unreachable', () => {
  expect(moduleResolverErrorOf({ code: null, stdout: '', stderr: '', timedOut: true }).code).toBe('REGISTRY_UNREACHABLE');
});

it('when the lock is out of step, the error says how', () => {
  const summary = "`npm ci` can only install …\n\nInvalid: lock file's ms@2.1.3 does not satisfy ms@2.1.2\n\nClean install a project";
  const error = moduleResolverErrorOf(exitWith({ code: 'EUSAGE', summary }));
  expect(error.code).toBe('LOCK_MISMATCH');
  expect(error.message).toContain('ms@2.1.3 does not satisfy ms@2.1.2');
});

it('when npm printed no JSON, its log is read', () => {
  expect(readNpmError({ code: 1, stdout: 'oops', stderr: 'npm error code E404\nnpm error 404', timedOut: false }).code).toBe('E404');
});

it('when npm fails in a way that nobody foresaw, it is our failure and not the person’s', () => {
  expect(() => moduleResolverErrorOf(exitWith({ code: 'EACCES', summary: 'permission denied' }))).toThrow(/EACCES/);
});
