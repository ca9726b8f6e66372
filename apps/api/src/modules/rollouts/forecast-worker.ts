import { parentPort } from 'node:worker_threads';
import { type ForecastInput, outlook } from '@sluice/rollout/forecast';

// The thread in which rollouts are simulated, away from everybody's requests. Started by forecaster.ts.
parentPort?.on('message', (input: ForecastInput) => parentPort?.postMessage(outlook(input)));
