import { expect, it } from 'vitest';
import { isLedgerAction, ledgerActions } from './actions.ts';
import { entryBytes, type LedgerEntry, systemActor, targetKinds } from './entry.ts';
import { leafHash } from './merkle.ts';

const entry: LedgerEntry = {
  version: 1,
  organizationId: '01935b6e-8f00-7000-8000-000000000001',
  time: '2026-11-22T08:00:00.000Z',
  actor: systemActor,
  action: 'rollout.paused',
  target: { kind: 'rollout', id: '01935b6e-8f00-7000-8000-000000000002', name: 'v3 → prod' },
  before: { state: 'running' },
  after: { state: 'paused' },
  reason: 'Wave 1 breached its threshold.',
};

it('when an entry is written down, its bytes and its leaf are these, for ever', () => {
  const expected =
    '{"action":"rollout.paused","actor":{"id":"sluice","kind":"system","method":"internal","name":"Sluice"},"after":{"state":"paused"},' +
    '"before":{"state":"running"},"organizationId":"01935b6e-8f00-7000-8000-000000000001","reason":"Wave 1 breached its threshold.",' +
    '"target":{"id":"01935b6e-8f00-7000-8000-000000000002","kind":"rollout","name":"v3 → prod"},"time":"2026-11-22T08:00:00.000Z","version":1}';
  expect(Buffer.from(entryBytes(entry)).toString('utf8')).toBe(expected);
  expect(Buffer.from(leafHash(entryBytes(entry))).toString('hex')).toBe('335fab20a595ed8d22cc7d33e3abf79f5d62274d5b4c8cc68a479e5f97a439d2');
});

it('when members stand in another order, the bytes are the same', () => {
  const reversed = Object.fromEntries(Object.entries(entry).reverse()) as LedgerEntry;
  expect(entryBytes(reversed)).toEqual(entryBytes(entry));
});

it('when a name cannot be written as UTF-8, the entry is refused instead of changed', () => {
  expect(() => entryBytes({ ...entry, reason: '\ud800' })).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
});

it('when an action is named, it has the form "target.event" and its target is a known kind', () => {
  for (const action of Object.keys(ledgerActions)) {
    expect(action).toMatch(/^[a-z_]+\.[a-z_]+$/);
    expect(targetKinds).toContain(action.split('.')[0]);
  }
});

it('when a text only looks like an action, it is none', () => {
  expect(isLedgerAction('rollout.paused')).toBe(true);
  expect(isLedgerAction('toString')).toBe(false);
});
