import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type {
  Assignment,
  CaptureUpload,
  DeviceConfiguration,
  EnrollRequest,
  Envelope,
  LogQuestion,
  LogUpload,
  Report,
} from '@sluice/contracts';
import {
  configurationContext,
  createRoot,
  encodeConfiguration,
  generateSigningKey,
  type RootDocument,
  seal,
  signAssignment,
  signTime,
  verifyDeviceProof,
} from '@sluice/trust';
import type { PublishedRelease } from './releases.ts';

type Device = { deviceId: string; publicKey: string; sealingKey: string };

/** What a test makes the control plane do wrong. Each is undone by the test itself. */
export type Faults = {
  /** Changes an answer's body before it is sent. */
  tamper?: ((path: string, body: Buffer) => Buffer) | undefined;
  /** Holds answers until the returned promise resolves. */
  hold?: ((path: string) => Promise<void> | undefined) | undefined;
  /** Answers like a captive portal. */
  portal?: boolean;
  /** Answers everything with this status. */
  status?: number;
};

export type AssignOptions = {
  release: PublishedRelease | null;
  variables?: Record<string, string>;
  credentials?: DeviceConfiguration['credentials'];
  change?: (assignment: Assignment) => Assignment;
};

type Call = {
  request: IncomingMessage;
  response: ServerResponse;
  body: unknown;
  send: (status: number, content: Buffer | object, headers?: Record<string, string>) => void;
};

const year = 365 * 86_400_000;
const organizationId = randomUUID();

/** A control plane in miniature: speaks the device protocol with real signatures, keeps everything in memory. */
export class ControlPlane {
  readonly organizationId = organizationId;
  readonly keys = {
    root: generateSigningKey(),
    release: generateSigningKey(),
    director: generateSigningKey(),
    time: generateSigningKey(),
  };
  readonly root: RootDocument;
  readonly reports: Report[] = [];
  readonly problems: string[] = [];
  readonly requests: string[] = [];
  faults: Faults = {};
  device: Device | undefined;
  revision = 0;
  /** What was handed in, by the id of the capture; the first of each counts. */
  readonly captures = new Map<string, CaptureUpload>();
  /** Lines that were handed in, likewise. */
  readonly logs = new Map<string, LogUpload>();
  url = '';
  readonly #releases = new Map<string, Envelope>();
  readonly #blobs = new Map<string, Buffer>();
  readonly #configurations = new Map<string, Buffer>();
  readonly #nonces = new Set<string>();
  #assignment: Envelope | null = null;
  #captureId: string | undefined;
  #question: LogQuestion | undefined;
  #waiting: (() => void)[] = [];
  #server: Server;

  constructor() {
    const role = (key: { publicKey: string }) => ({ publicKeys: [key.publicKey], threshold: 1 });
    const { root, release, director, time } = this.keys;
    this.root = createRoot({
      version: 1,
      expiresAt: Date.now() + year,
      roles: { root: role(root), release: role(release), director: role(director), time: role(time) },
      signers: [root],
    });
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        this.problems.push(String(error));
        response.destroy();
      });
    });
  }

  async start(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address !== 'object') throw new Error('no address');
    this.url = `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    for (const wake of this.#waiting) wake();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  add(release: PublishedRelease): PublishedRelease {
    this.#releases.set(release.digest, release.envelope);
    for (const blob of release.blobs) this.#blobs.set(createHash('sha256').update(blob).digest('hex'), blob);
    return release;
  }

  /** Gives the device something to run. @returns the deployment's id */
  assign(options: AssignOptions): { deploymentId: string; revision: number; configurationDigest: string | null } {
    const device = this.#requireDevice();
    const { release } = options;
    const configurationDigest = release === null ? null : this.#seal(device, options);
    const now = Date.now();
    this.revision += 1;
    const assignment: Assignment = {
      organizationId: this.organizationId,
      deviceId: device.deviceId,
      revision: this.revision,
      epoch: 1,
      applicationId: release?.manifest.applicationId ?? null,
      releaseDigest: release?.digest ?? null,
      releaseCounter: release?.manifest.releaseCounter ?? 0,
      configurationDigest,
      rolloutId: randomUUID(),
      deploymentId: randomUUID(),
      attempt: 1,
      issuedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + 86_400_000).toISOString(),
    };
    const changed = options.change?.(assignment) ?? assignment;
    this.offer(signAssignment(changed, [this.keys.director]));
    return { deploymentId: changed.deploymentId ?? '', revision: this.revision, configurationDigest };
  }

  offer(envelope: Envelope): void {
    this.#assignment = envelope;
    this.#wake();
  }

  /** Asks for what runs on the device. @returns the capture's id */
  askForCapture(): string {
    this.#captureId = randomUUID();
    this.#wake();
    return this.#captureId;
  }

  /** Asks for the newest lines of a log. @returns the id of the question */
  askForLogs(source: LogQuestion['source'], lines = 500): string {
    this.#question = { id: randomUUID(), source, lines };
    this.#wake();
    return this.#question.id;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** States reported for a deployment, in order, without repetitions. */
  statesOf(deploymentId: string): string[] {
    const states = this.reports.flatMap((report) =>
      report.kind === 'deployment' && report.deploymentId === deploymentId ? [report.state] : [],
    );
    return [...new Set(states)];
  }

  reportOf(deploymentId: string, state: string) {
    return this.reports.find((report) => report.kind === 'deployment' && report.deploymentId === deploymentId && report.state === state) as
      | Extract<Report, { kind: 'deployment' }>
      | undefined;
  }

  lastHealth() {
    return this.reports.findLast((report) => report.kind === 'health') as Extract<Report, { kind: 'health' }> | undefined;
  }

  #requireDevice(): Device {
    if (this.device === undefined) throw new Error('no device has enrolled');
    return this.device;
  }

  #seal(device: Device, options: AssignOptions): string {
    const salt = Buffer.from('salt').toString('base64');
    const { bytes, digest } = encodeConfiguration({
      deviceId: device.deviceId,
      salt,
      variables: options.variables ?? {},
      credentials: options.credentials ?? {},
    });
    const box = seal(device.sealingKey, bytes, configurationContext({ deviceId: device.deviceId, digest }));
    this.#configurations.set(digest, Buffer.from(JSON.stringify(box)));
    return digest;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace('/device/v1', '');
    this.requests.push(`${request.method} ${path}`);
    if (this.faults.portal === true) {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please sign in to the network</html>');
      return;
    }
    if (this.faults.status !== undefined) {
      response.writeHead(this.faults.status, { 'content-type': 'application/problem+json' }).end('{"code":"DEVICE_REVOKED"}');
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8'));
    await this.faults.hold?.(path);
    const send = (status: number, content: Buffer | object, headers: Record<string, string> = {}): void => {
      const type = Buffer.isBuffer(content) ? 'application/octet-stream' : 'application/json';
      const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
      response.writeHead(status, { 'content-type': type, ...headers }).end(this.faults.tamper?.(path, bytes) ?? bytes);
    };
    await this.#route(path, { request, body, send, response });
  }

  async #route(path: string, call: Call): Promise<void> {
    const { send, request } = call;
    const [, resource = '', name = ''] = path.split('/');
    switch (resource) {
      case 'nonce': {
        const nonce = randomUUID();
        this.#nonces.add(nonce);
        return send(200, { nonce, expiresAt: new Date(Date.now() + 60_000).toISOString() });
      }
      case 'enroll':
        return send(200, this.#enroll(call.body as EnrollRequest));
      case 'token':
        return send(200, {
          accessToken: this.#token(call.body as { deviceId: string; nonce: string; signature: string }),
          expiresInSeconds: 900,
          epoch: 1,
        });
      case 'desired':
        return this.#desired(call);
      case 'time':
        return send(200, signTime({ organizationId: this.organizationId, time: new Date().toISOString() }, [this.keys.time]));
      case 'root':
        return name === '1' ? send(200, this.root) : send(404, { code: 'NOT_FOUND' });
      case 'releases': {
        const envelope = this.#releases.get(name);
        return envelope === undefined ? send(404, { code: 'NOT_FOUND' }) : send(200, envelope);
      }
      case 'config': {
        const box = this.#configurations.get(name);
        return box === undefined ? send(404, { code: 'NOT_FOUND' }) : send(200, JSON.parse(box.toString('utf8')) as object);
      }
      case 'blobs': {
        const blob = this.#blobs.get(name);
        const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
        return blob === undefined ? send(404, { code: 'NOT_FOUND' }) : send(from > 0 ? 206 : 200, blob.subarray(from));
      }
      case 'captures':
        if (!this.captures.has(name)) this.captures.set(name, call.body as CaptureUpload);
        if (name === this.#captureId) this.#captureId = undefined;
        return send(200, { state: 'completed' });
      case 'log-requests':
        if (!this.logs.has(name)) this.logs.set(name, call.body as LogUpload);
        if (name === this.#question?.id) this.#question = undefined;
        return send(200, { state: 'completed' });
      case 'reports':
        return send(200, this.#takeReports((call.body as { reports: Report[] }).reports));
      default:
        return send(404, { code: 'NOT_FOUND' });
    }
  }

  #enroll(request: EnrollRequest): object {
    const { signature, ...body } = request;
    verifyDeviceProof({ purpose: 'enroll', nonce: body.nonce, body }, { publicKey: body.publicKey, signature });
    if (this.device !== undefined && this.device.publicKey !== body.publicKey) this.problems.push('enrolled again with another key');
    this.device ??= { deviceId: randomUUID(), publicKey: body.publicKey, sealingKey: body.sealingKey };
    return { deviceId: this.device.deviceId, organizationId: this.organizationId, approval: 'approved', root: JSON.stringify(this.root) };
  }

  #token(request: { deviceId: string; nonce: string; signature: string }): string {
    const { publicKey } = this.#requireDevice();
    if (!this.#nonces.delete(request.nonce)) this.problems.push('unknown nonce');
    verifyDeviceProof(
      { purpose: 'token', nonce: request.nonce, body: { deviceId: request.deviceId } },
      { publicKey, signature: request.signature },
    );
    return `token-${randomUUID()}`;
  }

  async #desired({ request, response, send }: Call): Promise<void> {
    const wait = Number(/wait=(\d+)/.exec(String(request.headers['prefer'] ?? ''))?.[1] ?? 0);
    const etag = (): string => `"${[this.revision, this.#captureId, this.#question?.id].filter((part) => part !== undefined).join('.')}"`;
    const isUnchanged = (): boolean => request.headers['if-none-match'] === etag();
    if (isUnchanged() && wait > 0) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        response.once('close', resolve);
        setTimeout(resolve, wait * 1000).unref();
      });
    }
    if (isUnchanged()) response.writeHead(304).end();
    else {
      const capture = this.#captureId === undefined ? {} : { capture: { id: this.#captureId } };
      const logs = this.#question === undefined ? {} : { logs: this.#question };
      send(200, { revision: this.revision, assignment: this.#assignment, pollAfterMs: 1_000, ...capture, ...logs }, { etag: etag() });
    }
  }

  #takeReports(reports: Report[]): object {
    for (const report of reports) {
      const known = this.reports[report.sequence - 1];
      if (known === undefined && report.sequence === this.reports.length + 1) this.reports.push(report);
      else if (known === undefined) this.problems.push(`sequence ${report.sequence} after ${this.reports.length}`);
      else if (JSON.stringify(known) !== JSON.stringify(report))
        this.problems.push(`sequence ${report.sequence} twice with different content`);
    }
    return { acknowledged: reports.at(-1)?.sequence ?? 0, refused: [] };
  }
}
