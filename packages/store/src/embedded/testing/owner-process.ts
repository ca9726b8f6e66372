// A process that owns a server and then only lives, until a test kills it.
import { announceReady } from '@sluice/platform/process';
import pg from 'pg';

import { startEmbeddedPostgres } from '../index.ts';

const postgres = await startEmbeddedPostgres({ folder: process.argv[2] ?? '', durability: 'none' });
const client = new pg.Client({ connectionString: postgres.connectionString });
await client.connect();
await client.query('create table mark as select 1 as id');
announceReady({ pid: postgres.pid() });
