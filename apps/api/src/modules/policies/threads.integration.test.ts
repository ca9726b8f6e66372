import { systemClock } from '@sluice/platform';
import { VirtualClock } from '@sluice/platform/testing';
import { afterAll, expect, it } from 'vitest';
import { find } from './find.ts';
import { createFlowLinter } from './flow-linter.ts';
import { createSnapshotChecker } from './snapshot-checker.ts';

const linter = createFlowLinter({ clock: systemClock });
afterAll(() => linter.close());

const bytes = (flows: readonly object[]): Uint8Array => new TextEncoder().encode(JSON.stringify(flows));
const tab = { id: 't', type: 'tab', label: 'Line' };
const code = (id: string, func: string, more: object = {}) => ({
  id,
  type: 'function',
  z: 't',
  name: id,
  x: 100,
  y: 100,
  func,
  wires: [],
  ...more,
});

it('when functions hold mistakes, each is found where it is, and code that is right is not', async () => {
  const flows = [
    tab,
    code('undefined-name', 'return { payload: valu };'),
    code('ends-with-comment', 'node.send(Buffer.from(msg.payload)); // done', { x: 300 }),
    code('library', 'return { payload: parse(msg.payload) };', { x: 500, libs: [{ var: 'parse', module: 'csv-parse' }] }),
    code('awaits', 'const answer = await fetch(env.get("URL")); msg.payload = answer?.status ?? 0; return msg;', { x: 700 }),
    { id: 'in', type: 'http in', z: 't', name: '', url: '/a', method: 'get', x: 100, y: 300, wires: [[]] },
  ];
  const outcome = await linter.lint(bytes(flows));
  const found = outcome.kind === 'done' ? outcome.results.map(({ rule, location }) => [rule, location]) : outcome;
  expect(found).toEqual([
    ['function-eslint', ['undefined-name']],
    ['no-unconnected-http-nodes', ['in']],
  ]);
});

it('when a file is none, it says so, and the next one is linted', async () => {
  expect(await linter.lint(new TextEncoder().encode('{"no":"list"}'))).toEqual({ kind: 'failed', problem: 'TypeError' });
  expect(await linter.lint(bytes([tab]))).toEqual({ kind: 'done', results: [] });
});

it('when the deadline passes, the thread is ended, who waits gets a new one, and who comes to a full queue is told at once', async () => {
  const clock = new VirtualClock();
  const impatient = createFlowLinter({ clock, timeoutMs: 1_000, waitingMax: 2 });
  const first = impatient.lint(bytes([tab, code('a', 'x')]));
  const second = impatient.lint(bytes([tab]));
  expect(await impatient.lint(bytes([tab]))).toEqual({ kind: 'busy' });
  // The thread has not even loaded by then.
  await clock.advance(1_000);
  expect(await first).toEqual({ kind: 'timed_out' });
  expect(await second).toEqual({ kind: 'done', results: [] });
  await impatient.close();
  expect(await impatient.lint(bytes([tab]))).toEqual({ kind: 'busy' });
});

it('when flows are large, they are checked in a thread, with the same result', async () => {
  const flows = [
    tab,
    ...Array.from({ length: 1_500 }, (_, index) => ({ id: `e${index}`, type: 'exec', z: 't', x: 1, y: 1, command: 'x'.repeat(200) })),
  ];
  const task = { flows: bytes(flows), snapshot: { dependencies: {}, lock: null }, options: { rules: { exec: 'block' } } } as const;
  const checker = createSnapshotChecker({ clock: systemClock });
  const findings = await checker.find(task);
  expect(findings.length).toBeGreaterThan(1_500);
  expect(findings).toEqual(find(task));
  // Malformed flows cannot be stored; if they were, it is told and the next one is checked.
  const malformed = new TextEncoder().encode('x'.repeat(300 * 1024));
  await expect(checker.find({ ...task, flows: malformed })).rejects.toThrow('the check of the policies failed');
  expect(await checker.find(task)).toHaveLength(findings.length);
  await checker.close();
  await expect(checker.find(task)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
