import { VirtualClock } from '@sluice/platform/testing';
import { beforeEach, expect, it } from 'vitest';
import { createEventStream, type EventStream } from './event-stream.ts';

let clock: VirtualClock;
let written: string;
let unread: number;
let ends: string[];
let listeners: Record<string, () => void>;
let stream: EventStream;

beforeEach(() => {
  clock = new VirtualClock();
  written = '';
  unread = 0;
  ends = [];
  listeners = {};
  const output = {
    write: (text: string) => {
      written += text;
      return true;
    },
    end: () => void ends.push('end'),
    destroy: () => void ends.push('destroy'),
    on: (event: string, listener: () => void) => {
      listeners[event] = listener;
    },
    get writableLength() {
      return unread;
    },
  };
  stream = createEventStream(output as never, clock, () => ends.push('onEnd'));
});

const change = { organizationId: 'o', kind: 'device' as const, id: 'd', at: '2026-01-01T00:00:00.000Z' };

it('when changes come in a batch, only the last carries the position: whoever breaks off in between gets them again', () => {
  stream.changes({ position: '5:7:', changes: [change, { ...change, id: 'e' }] });
  expect(written).toBe(
    'retry: 2000\n\n' +
      'event: change\ndata: {"position":"5:7:","kind":"device","id":"d","at":"2026-01-01T00:00:00.000Z"}\n\n' +
      'id: 5:7:\nevent: change\ndata: {"position":"5:7:","kind":"device","id":"e","at":"2026-01-01T00:00:00.000Z"}\n\n',
  );
});

it('when nothing happens, a comment every 15 seconds shows that the link is alive', async () => {
  await clock.advance(45_000);
  expect(written.match(/: alive/g)).toHaveLength(3);
});

it('when a client does not read, it is dropped instead of filling the memory', () => {
  unread = 256 * 1024 + 1;
  stream.reset('1:1:');
  expect(ends).toEqual(['onEnd', 'destroy']);
  expect(written).not.toContain('reset');
  expect(clock.pending).toBe(0);
});

it('when half an hour has passed, the stream ends, so that rights are checked again', async () => {
  await clock.advance(30 * 60_000);
  expect(ends).toEqual(['onEnd', 'end']);
  await clock.advance(60_000);
  expect(clock.pending).toBe(0);
});

it('when the client goes, everything stops, once', () => {
  listeners['close']?.();
  listeners['close']?.();
  stream.changes({ position: '1:1:', changes: [change] });
  expect(ends).toEqual(['onEnd']);
  expect(written).toBe('retry: 2000\n\n');
  expect(clock.pending).toBe(0);
});
