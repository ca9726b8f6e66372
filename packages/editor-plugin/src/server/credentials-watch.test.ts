import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { watchCredentials } from './credentials-watch.ts';

// The events and their order are those of @node-red/runtime 5.0.7 and 4.1.15, lib/flows/index.js.
const failed = (text: string) => ({ id: 'runtime-state', payload: { type: 'warning', error: 'credentials_load_failed', text } });

it('when credentials cannot be decrypted, they stay unreadable until somebody deploys others', () => {
  const events = new EventEmitter();
  const areReadable = watchCredentials(events);
  expect(areReadable()).toBe(true);
  events.emit('runtime-event', failed('notification.warnings.credentials_load_failed_reset'));
  events.emit('flows:started', { config: {}, type: 'full', diff: undefined });
  events.emit('runtime-event', { id: 'runtime-state' });
  expect(areReadable()).toBe(false);
  events.emit('flows:started', { config: {}, type: 'full', diff: { added: [] } });
  expect(areReadable()).toBe(true);
});

it('when a project has the wrong key, its flows do not start, and start as soon as the key is right', () => {
  const events = new EventEmitter();
  const areReadable = watchCredentials(events);
  events.emit('runtime-event', failed('notification.warnings.credentials_load_failed'));
  expect(areReadable()).toBe(false);
  events.emit('flows:started', { config: {}, type: 'full', diff: undefined });
  expect(areReadable()).toBe(true);
});
