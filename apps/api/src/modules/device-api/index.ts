import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { ingestReports, noteListening } from '@sluice/store';
import type { ApiDependencies } from '../../dependencies.ts';
import type { ApiServer } from '../../http/server.ts';
import { registerCaptureUpload } from '../device-captures/device-routes.ts';
import { createCaptureIntake } from '../device-captures/intake.ts';
import { registerReleaseContent, registerTrustContent } from '../device-content/routes.ts';
import { createSigningKeys } from '../device-content/signing-keys.ts';
import { createAssignments } from '../device-desired/assignments.ts';
import { type CheckIn, createCheckIn } from '../device-desired/check-in.ts';
import { createDeviceConfigurations } from '../device-desired/device-configurations.ts';
import { createDesiredParts, type DeviceDesiredSettings, defaultDesiredSettings } from '../device-desired/index.ts';
import { createListeningNote } from '../device-desired/listening-note.ts';
import { createLookCloser } from '../device-desired/look-closer.ts';
import { registerDeviceDesired } from '../device-desired/routes.ts';
import { createAuthenticate } from '../device-identity/authenticate.ts';
import { createNonces } from '../device-identity/nonces.ts';
import { registerDeviceIdentity } from '../device-identity/routes.ts';
import { createSessions } from '../device-identity/sessions.ts';
import { createDeviceTokens } from '../device-identity/tokens.ts';
import { registerLogUpload } from '../device-logs/device-routes.ts';
import { createLogIntake } from '../device-logs/intake.ts';
import { createReportIntake } from '../device-reports/report-intake.ts';
import { registerDeviceReports } from '../device-reports/routes.ts';

const prefix = '/device/v1';
const listeningNoteEveryMs = 10_000;

export type DeviceApiOptions = { settings?: Partial<DeviceDesiredSettings> };

/**
 * Registers the routes that devices talk to, below `/device/v1`. Its life is the server's: it follows the database from `ready` on, and
 * answers all held polls before the server closes.
 */
export async function registerDeviceApi(app: ApiServer, deps: ApiDependencies, options: DeviceApiOptions = {}): Promise<void> {
  const { store, clock, random, keys, keyring, jobs, logger: log } = deps;
  const settings = { ...defaultDesiredSettings, ...options.settings };
  const now = (): number => clock.now();
  const heldPolls = deps.metrics.gauge('sluice_held_polls', 'Long polls of devices that wait for news.');
  const onHeldPolls = (count: number): void => heldPolls.set(count);
  const { cache, waiters, presence, follower } = createDesiredParts({ store, clock, random, log, onHeldPolls }, settings);
  const tokens = createDeviceTokens({ key: keys['jwt-device'], now });
  const sessions = createSessions({ tokens, now, sessionsMax: settings.devicesMax });
  const authenticate = createAuthenticate({ sessions, cache, presence, now });
  const signingKeys = createSigningKeys({ store, keyring, now });
  const configurations = createDeviceConfigurations({ store, keyring, saltKey: keys['configuration-salt'] });
  const assignments = createAssignments({ store, keys: signingKeys, configurations, jobs, clock, log });
  const answered = countCheckIns(deps);
  const checkIn = createCheckIn({ sessions, cache, presence, clock, onAnswered: answered });
  const intake = createReportIntake({
    commit: (batches) => store.transaction((tx) => ingestReports(tx, batches)),
    onRollout: (rolloutId) => jobs.advanceRollout(rolloutId),
    clock,
    log,
    delayMs: 3,
    groupSizeMax: 200,
    concurrencyMax: 3,
    queueSizeMax: 20_000,
  });

  const captureIntake = createCaptureIntake({ store, keyring, keys, jobs, log });
  const logIntake = createLogIntake({ store, log });

  await app.register(
    async (scope: ApiServer) => {
      const randomBytes = (size: number): Uint8Array => random.randomBytes(size);
      registerDeviceIdentity(scope, { store, tokens, nonces: createNonces({ key: keys.nonce, now, randomBytes }) });
      const lookCloser = createLookCloser(store, settings.pollIntervalMs);
      const told = { onCaptureTold: captureIntake.told, onLogsTold: logIntake.told };
      registerDeviceDesired(scope, { sessions, cache, waiters, presence, assignments, checkIn, clock, ...told, lookCloser });
      const content = { store, keys: signingKeys, configurations, authenticate, now, randomBytes };
      registerReleaseContent(scope, content);
      registerTrustContent(scope, content);
      registerDeviceReports(scope, { authenticate, intake });
      registerCaptureUpload(scope, { authenticate, intake: captureIntake });
      registerLogUpload(scope, { authenticate, intake: logIntake });
    },
    { prefix },
  );
  const step = putInFront(app.server, `${prefix}/desired`, checkIn);
  const listening = createListeningNote({ note: () => noteListening(store, new Date(now())), clock, log, everyMs: listeningNoteEveryMs });
  app.addHook('onReady', () => follower.start());
  // What is ready but does not listen yet, hears nobody.
  app.addHook('onListen', async () => listening.start());
  app.addHook('preClose', async () => {
    step.aside();
    waiters.close();
  });
  app.addHook('onClose', async () => {
    await listening.close();
    await follower.close();
    await presence.close();
  });
}

/**
 * Lets `checkIn` see each request to `path` before the framework does: its routing and bookkeeping would cost as much as the whole answer.
 * What it does not answer goes the usual way, and so does everything once the server is closing.
 */
function putInFront(server: Server, path: string, checkIn: CheckIn): { aside(): void } {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  let active = true;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (active && request.url === path && request.method === 'GET' && checkIn(request, response)) return;
    for (const listener of listeners) listener.call(server, request, response);
  });
  return {
    aside: () => {
      active = false;
    },
  };
}

/** Counts check-ins answered from memory; the counter of the metrics is told in steps, because its own addition costs too much here. */
function countCheckIns(deps: ApiDependencies): () => void {
  const counter = deps.metrics.counter('sluice_check_ins_unchanged_total', 'Check-ins answered from memory, without the database.');
  const step = 64;
  let uncounted = 0;
  return () => {
    uncounted += 1;
    if (uncounted < step) return;
    counter.add({}, uncounted);
    uncounted = 0;
  };
}
