import { describe, expect, it } from 'vitest';

import { silentLog } from './log.ts';
import { createShutdown, type ShutdownProcess } from './shutdown.ts';
import { VirtualClock } from './testing/index.ts';

function harness() {
  const clock = new VirtualClock();
  const listeners = new Map<string, (argument: unknown) => void>();
  const exits: number[] = [];
  const process: ShutdownProcess = {
    on: (event, listener) => listeners.set(event, listener),
    exit: (code) => void exits.push(code),
  };
  const shutdown = createShutdown({ clock, log: silentLog, process, timeoutMs: 1_000, forceAfterMs: 200 });
  const emit = (event: string, argument?: unknown): void => listeners.get(event)?.(argument);
  return { clock, exits, shutdown, emit };
}

describe('createShutdown', () => {
  it('when a signal comes, closers run one by one, last registered first, and the process exits with 0', async () => {
    const { clock, exits, shutdown, emit } = harness();
    const order: string[] = [];
    for (const name of ['database', 'queue', 'server']) {
      shutdown.onClose(name, async () => {
        order.push(`${name} begins`);
        await clock.sleep(10);
        order.push(`${name} ends`);
      });
    }
    emit('SIGTERM');
    expect(shutdown.signal.aborted).toBe(true);
    await clock.advance(100);
    expect(order).toEqual(['server begins', 'server ends', 'queue begins', 'queue ends', 'database begins', 'database ends']);
    expect(exits).toEqual([0]);
  });

  it('when a closer fails, the others still run and the exit code is 1', async () => {
    const { exits, shutdown } = harness();
    let closed = false;
    shutdown.onClose('database', () => {
      closed = true;
    });
    shutdown.onClose('server', () => {
      throw new Error('boom');
    });
    await shutdown.shutdown('test');
    expect(closed).toBe(true);
    expect(exits).toEqual([1]);
  });

  it('when a closer hangs, the process exits with 1 at the timeout, and only once', async () => {
    const { clock, exits, shutdown, emit } = harness();
    shutdown.onClose('server', () => clock.sleep(5_000));
    emit('SIGINT');
    await clock.advance(999);
    expect(exits).toEqual([]);
    await clock.advance(10_000);
    expect(exits).toEqual([1]);
  });

  it('when the same Ctrl-C arrives twice at once, closers run once and nothing is forced', async () => {
    const { clock, exits, shutdown, emit } = harness();
    let runs = 0;
    shutdown.onClose('server', async () => {
      runs += 1;
      await clock.sleep(100);
    });
    emit('SIGINT');
    emit('SIGINT');
    await clock.advance(500);
    expect(runs).toBe(1);
    expect(exits).toEqual([0]);
  });

  it('when a person presses Ctrl-C again later, the process exits at once', async () => {
    const { clock, exits, shutdown, emit } = harness();
    shutdown.onClose('server', () => clock.sleep(900));
    emit('SIGINT');
    await clock.advance(300);
    emit('SIGINT');
    expect(exits).toEqual([1]);
    await clock.advance(10_000);
    expect(exits).toEqual([1]);
  });

  it('when an error is not caught, everything is closed and the exit code is 1', async () => {
    const { clock, exits, shutdown, emit } = harness();
    let closed = false;
    shutdown.onClose('server', () => {
      closed = true;
    });
    emit('uncaughtException', new Error('boom'));
    await clock.advance(1);
    expect(closed).toBe(true);
    expect(exits).toEqual([1]);
  });

  it('when a closer was taken back, it does not run', async () => {
    const { shutdown } = harness();
    let closed = false;
    const takeBack = shutdown.onClose('server', () => {
      closed = true;
    });
    takeBack();
    await shutdown.shutdown('test');
    expect(closed).toBe(false);
  });
});
