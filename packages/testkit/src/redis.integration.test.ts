import { connect } from 'node:net';

import { expect, test } from 'vitest';

import { startRedis } from './redis.ts';

test('when this machine has a Redis server, one is started, and stopping it leaves nothing behind', async (context) => {
  const redis = await startRedis();
  if (redis === undefined) return context.skip('no redis-server here');
  const port = Number(new URL(redis.url).port);
  await redis.stop();
  const refused = await new Promise((resolve) =>
    connect({ port, host: '127.0.0.1' })
      .once('error', () => resolve(true))
      .once('connect', () => resolve(false)),
  );
  expect(refused).toBe(true);
});
