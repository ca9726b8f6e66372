/** One process of the operating system. Ids are used again; id and start together are not. */
export type ProcessIdentity = {
  pid: number;
  /** When the process started, in a form that only equals itself; null where the operating system does not tell. */
  startedAt: string | null;
};

export type DetachedProcess = {
  executable: string;
  args: readonly string[];
  /** The complete environment. */
  environment: Record<string, string>;
  workingDirectory: string;
  /** Receives both outputs, appended. */
  logFile: string;
};

/** Processes as the agent sees them. */
export type Processes = {
  /** Starts a process in a session of its own: it outlives the agent. */
  spawnDetached(options: DetachedProcess): Promise<ProcessIdentity>;
  /** False for a dead process, a zombie, and another process under the same id. */
  isAlive(process: ProcessIdentity): Promise<boolean>;
  identify(pid: number): Promise<ProcessIdentity | undefined>;
  /** Finds a process by a variable of its environment; undefined when there is none or this cannot be looked up. */
  findByEnvironment(name: string, value: string): Promise<ProcessIdentity | undefined>;
  /** Signals the process and, if `group`, all it started; nothing happens when it is gone. */
  signal(process: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL', options?: { group: boolean }): void;
};
