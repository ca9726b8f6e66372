// What is compared with: the least that Fastify does to answer 304.
import { announceReady } from '@sluice/platform';
import Fastify from 'fastify';

const app = Fastify();
app.get('/device/v1/desired', (_request, reply) => {
  reply.code(304).send();
});
const address = await app.listen({ host: '127.0.0.1', port: 0 });
announceReady({ address });
// An orderly end, so that a profile is written.
process.once('SIGINT', () => process.exit(0));
