// INVARIANTS
// 1. A report is on disk before `add` resolves, and stays there until the control plane has acknowledged it.
// 2. Sequences grow by one without gaps. A sequence is bound to its content on disk before it is first sent, so the same sequence never
//    carries two contents: that would look like a cloned device.
//    The one exception: a batch that the control plane refused as invalid has stored nothing there, and may be made lighter.
// 3. Health is the latest only: it gets its sequence when a batch is made, and an older one that was never sent is gone.
// 4. What describes a deployment or a refusal is never dropped; events are, oldest first, when there are too many.
import { join } from 'node:path';
import type { DeploymentReport, EventReport, HealthReport, RefusalReport, Report } from '@sluice/contracts';
import { decodeCheckedLines, encodeCheckedLine } from '../durable/checked-line.ts';
import { openTwinFile } from '../durable/twin-file.ts';
import { removeDurably, writeDurably } from '../durable/write.ts';
import type { FileSystem } from '../ports/index.ts';

type Unsequenced<R> = R extends Report ? Omit<R, 'sequence'> : never;
/** A report that has to arrive. */
export type DurableReport = Unsequenced<DeploymentReport | RefusalReport | EventReport>;
export type PendingHealth = Unsequenced<HealthReport>;

type Entry = { number: number; report: DurableReport };
type Batch = { firstSequence: number; through: number; reports: Report[] };
type Progress = { nextSequence: number; consumedThrough: number };

export type Spool = {
  add(report: DurableReport): Promise<void>;
  /** Replaces the health that waits. */
  offerHealth(report: PendingHealth): void;
  hasWork(): boolean;
  /** The batch to send: the one that was not acknowledged yet, again, or a new one; undefined when nothing waits. */
  nextBatch(): Promise<Report[] | undefined>;
  /** Takes health and events out of the batch, which the control plane refused whole: they must not hold up what has to arrive. */
  lighten(): Promise<void>;
  /** Forgets what the control plane has: all up to this sequence. */
  acknowledge(sequence: number): Promise<void>;
};

const batchReportsMax = 100;
const segmentEntriesMax = 200;
const entriesMax = 4_000;
const eventsKept = 1_000;
const segmentPrefix = 'segment-';

function parseProgress(value: unknown): Progress {
  const { nextSequence, consumedThrough } = value as Partial<Progress>;
  if (typeof nextSequence !== 'number' || typeof consumedThrough !== 'number') throw new Error('not a spool progress');
  return { nextSequence, consumedThrough };
}

function segmentName(number: number): string {
  return segmentPrefix + String(number).padStart(12, '0');
}

async function readLines<T>(fileSystem: FileSystem, path: string): Promise<T[]> {
  const bytes = await fileSystem.read(path);
  return bytes === undefined ? [] : (decodeCheckedLines(bytes).values as T[]);
}

/** Keeps everything but the oldest events. Pure. */
export function withoutOldEvents(entries: readonly Entry[]): Entry[] {
  const events = entries.filter((entry) => entry.report.kind === 'event');
  const dropped = new Set(events.slice(0, Math.max(0, events.length - eventsKept)));
  return entries.filter((entry) => !dropped.has(entry));
}

const droppedCode = 'REPORTS_DROPPED';

/** The batch with only what has to arrive, and a note in place of the rest; undefined when it is that light already. Pure. */
function lightened(batch: Batch): Batch | undefined {
  const isDue = (report: Report): boolean => report.kind === 'deployment' || report.kind === 'refusal';
  const kept = batch.reports.filter(isDue);
  const rest = batch.reports.filter((report) => !isDue(report));
  if (rest.every((report) => report.kind === 'event' && report.code === droppedCode)) return undefined;
  const message = `${rest.length} reports were not accepted and were dropped.`;
  const note: DurableReport = { kind: 'event', at: rest[0]?.at ?? '', level: 'warning', code: droppedCode, message };
  return { ...batch, reports: [...kept, note].map((report, index): Report => ({ ...report, sequence: batch.firstSequence + index })) };
}

/** Opens the spool in a folder. */
export async function openSpool(fileSystem: FileSystem, folder: string): Promise<Spool> {
  await fileSystem.makeFolder(folder, 0o700);
  const progressFile = await openTwinFile(fileSystem, join(folder, 'progress'), parseProgress);
  let progress = progressFile.read() ?? { nextSequence: 1, consumedThrough: 0 };
  const batchPath = join(folder, 'batch');
  const isSegment = (name: string): boolean => name.startsWith(segmentPrefix) && !name.includes('.');

  let segments = (await fileSystem.list(folder)).filter(isSegment);
  let entries: Entry[] = [];
  for (const name of segments) entries.push(...(await readLines<Entry>(fileSystem, join(folder, name))));
  entries = entries.filter((entry) => entry.number > progress.consumedThrough);
  let [batch] = await readLines<Batch>(fileSystem, batchPath);
  if (batch !== undefined && batch.firstSequence !== progress.nextSequence) batch = undefined;

  let nextNumber = Math.max(progress.consumedThrough, batch?.through ?? 0, entries.at(-1)?.number ?? 0) + 1;
  // Never append to a segment of a process before: its end may be torn.
  let open: { name: string; entries: number } | undefined;
  let health: PendingHealth | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  };

  const startSegment = async (content: readonly Entry[], name: string): Promise<void> => {
    await writeDurably(fileSystem, join(folder, name), content.map(encodeCheckedLine).join(''));
    open = { name, entries: content.length };
    if (!segments.includes(name)) segments.push(name);
  };
  const append = async (entry: Entry): Promise<void> => {
    if (open === undefined || open.entries >= segmentEntriesMax) return startSegment([entry], segmentName(entry.number));
    const path = join(folder, open.name);
    await fileSystem.append(path, Buffer.from(encodeCheckedLine(entry)));
    await fileSystem.syncFile(path);
    open.entries += 1;
  };
  const compact = async (): Promise<void> => {
    entries = withoutOldEvents(entries);
    const old = segments;
    segments = [];
    await startSegment(entries, segmentName(nextNumber));
    nextNumber += 1;
    for (const name of old) await fileSystem.remove(join(folder, name));
  };
  const makeBatch = async (): Promise<Batch | undefined> => {
    const chosen = entries.slice(0, batchReportsMax);
    // Health tells what runs now, so it goes after everything that led to it.
    const withHealth = health !== undefined && chosen.length === entries.length ? [health] : [];
    const contents = [...chosen.map((entry) => entry.report), ...withHealth];
    if (contents.length === 0) return undefined;
    const reports = contents.map((report, index): Report => ({ ...report, sequence: progress.nextSequence + index }));
    const made: Batch = { firstSequence: progress.nextSequence, through: chosen.at(-1)?.number ?? progress.consumedThrough, reports };
    await writeDurably(fileSystem, batchPath, encodeCheckedLine(made));
    if (withHealth.length > 0) health = undefined;
    return made;
  };
  const settle = async (done: Batch): Promise<void> => {
    progress = { nextSequence: done.firstSequence + done.reports.length, consumedThrough: done.through };
    await progressFile.write(progress);
    batch = undefined;
    entries = entries.filter((entry) => entry.number > done.through);
    await removeDurably(fileSystem, batchPath);
    if (entries.length > 0) return;
    for (const name of segments) await fileSystem.remove(join(folder, name));
    segments = [];
    open = undefined;
  };

  return {
    add: (report) =>
      inTurn(async () => {
        const entry: Entry = { number: nextNumber, report };
        nextNumber += 1;
        await append(entry);
        entries.push(entry);
        if (entries.length > entriesMax) await compact();
      }),
    offerHealth: (report) => {
      // An inventory comes once: it goes along with whatever health is sent first.
      const inventory = report.inventory ?? health?.inventory;
      health = { ...report, ...(inventory === undefined ? {} : { inventory }) };
    },
    hasWork: () => batch !== undefined || entries.length > 0 || health !== undefined,
    nextBatch: () =>
      inTurn(async () => {
        batch ??= await makeBatch();
        return batch?.reports;
      }),
    lighten: () =>
      inTurn(async () => {
        const lighter = batch === undefined ? undefined : lightened(batch);
        if (lighter === undefined) return;
        await writeDurably(fileSystem, batchPath, encodeCheckedLine(lighter));
        batch = lighter;
      }),
    acknowledge: (sequence) =>
      inTurn(async () => {
        if (batch !== undefined && sequence >= batch.firstSequence + batch.reports.length - 1) await settle(batch);
      }),
  };
}
