import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotError } from '../errors.ts';
import { refusal } from '../testing/refusal.ts';
import { packageBytes, parsePackage } from './package-manifest.ts';

const project = {
  name: 'bottling',
  version: '0.0.1',
  scripts: { postinstall: 'rm -rf /' },
  dependencies: { 'node-red': '5.0.7', 'node-red-contrib-modbus': '~5.23.3', '@flowfuse/node-red-dashboard': '>=1 <3', moment: 'latest' },
  'node-red': { settings: { flowFile: 'flows.json', credentialsFile: 'flows_cred.json' } },
};

describe('parsePackage', () => {
  it('when it is a Node-RED project, modules and file names are found', () => {
    expect(parsePackage(JSON.stringify(project))).toEqual({
      dependencies: project.dependencies,
      nodeRedSettings: { flowFile: 'flows.json', credentialsFile: 'flows_cred.json' },
    });
  });

  it('when it has neither modules nor settings, it is empty', () => {
    for (const text of ['{}', '{"node-red":{}}', '{"node-red":{"settings":{"flowFile":""}}}', '{"node-red":[]}']) {
      expect(parsePackage(text)).toEqual({ dependencies: {}, nodeRedSettings: {} });
    }
  });

  it.each<[string, string, string]>([
    ['a flow file whose name is no text', '{"node-red":{"settings":{"flowFile":"\\ud800.json"}}}', '/node-red/settings/flowFile'],
    ['not JSON', '{', ''],
    ['an array', '[]', ''],
    ['dependencies as a list', '{"dependencies":["a"]}', '/dependencies'],
    ['a version that is no text', '{"dependencies":{"a":1}}', '/dependencies/a'],
    ['a folder', '{"dependencies":{"@x/a":"file:../a"}}', '/dependencies/@x~1a'],
    ['a git host', '{"dependencies":{"a":"git+https://example.com/a.git"}}', '/dependencies/a'],
    ['a short git address', '{"dependencies":{"a":"owner/a"}}', '/dependencies/a'],
    ['a tarball', '{"dependencies":{"a":"https://example.com/a.tgz"}}', '/dependencies/a'],
    ['a path as name', '{"dependencies":{"../a":"1.0.0"}}', '/dependencies/..~1a'],
    ['a name of the prototype', '{"dependencies":{"__proto__":"1.0.0"}}', '/dependencies/__proto__'],
    ['a flow file elsewhere', '{"node-red":{"settings":{"flowFile":"../flows.json"}}}', '/node-red/settings/flowFile'],
  ])('when it has %s, it is refused and says where', (_, text, pointer) => {
    expect(() => parsePackage(text)).toThrow(refusal('PACKAGE_MALFORMED', pointer));
  });

  it('when bytes are arbitrary, they are read or refused, never anything else', () => {
    const close = fc.record({ dependencies: fc.dictionary(fc.string(), fc.jsonValue()), 'node-red': fc.jsonValue() }, { requiredKeys: [] });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json(),
          close.map((value) => JSON.stringify(value)),
        ),
        (source) => {
          try {
            parsePackage(source);
          } catch (error) {
            expect(error).toBeInstanceOf(SnapshotError);
          }
        },
      ),
    );
  });
});

describe('packageBytes', () => {
  it('when written, it holds no scripts, reads as the same, and does not depend on the order', () => {
    const manifest = parsePackage(JSON.stringify(project));
    const text = Buffer.from(packageBytes(manifest)).toString();
    expect(text).not.toContain('scripts');
    expect(parsePackage(text)).toEqual(manifest);
    const reversed = { ...manifest, dependencies: Object.fromEntries(Object.entries(manifest.dependencies).reverse()) };
    expect(Buffer.from(packageBytes(reversed)).toString()).toBe(text);
  });
});
