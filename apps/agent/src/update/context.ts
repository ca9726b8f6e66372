import type { Assignment } from '@sluice/contracts';
import type { DeviceApi } from '../control-plane/device-api.ts';
import type { Session } from '../control-plane/session.ts';
import type { SignedTime } from '../control-plane/signed-time.ts';
import type { InstallationStore } from '../install/installation.ts';
import type { ModulesDeps } from '../install/modules.ts';
import type { Layout } from '../layout.ts';
import type { Clock, FileSystem, Log, Random } from '../ports/index.ts';
import type { Reporter } from '../reporting/reporter.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import type { TrustStore } from '../trust-state.ts';
import type { StepOutcome } from './decide.ts';
import type { JournalRecord } from './record.ts';

/** What the device needs to talk to its control plane; there from the moment it is enrolled. */
export type Connection = { api: DeviceApi; session: Session; organizationId: string; deviceId: string };

/** Everything the steps of an update act through. */
export type UpdateContext = {
  fileSystem: FileSystem;
  layout: Layout;
  clock: Clock;
  random: Random;
  log: Log;
  trust: TrustStore;
  reporter: Reporter;
  supervisor: Supervisor;
  installations: InstallationStore;
  modules: ModulesDeps;
  connection: () => Connection;
  signedTime: SignedTime;
  /** Asks the control plane for the signed time. @throws what the network threw, TrustError */
  refreshTime: () => Promise<void>;
  /** Makes the next question for the desired state one that is always answered. */
  askAnew: () => void;
  sealingKey: string;
  credentialSecret: string;
  agentVersion: string;
  /** Version of the Node that runs the runtime, without a leading v. */
  nodeVersion: string;
};

/** One step at work. */
export type StepRun = {
  record: JournalRecord;
  /** Aborts when the agent ends, and before ACTIVATE also when something newer was assigned. */
  signal: AbortSignal;
  /** True as soon as something else was assigned than what the record installs. */
  isSuperseded: () => boolean;
  /** The newest assignment of what the record installs: signed anew, or given a new revision, since the record was written. */
  newest: () => Assignment | null;
};

/** A step does its work, which may have been done before in part or whole, and says how it ended. Expected failures may be thrown. */
export type Step = (context: UpdateContext, run: StepRun) => Promise<StepOutcome>;
