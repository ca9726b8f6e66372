/** What a benchmark is asked with. */
export type BenchmarkOptions = {
  /** Length of one measurement. */
  seconds: number;
  /** How often each side is measured, one after the other in turn. */
  rounds: number;
  devices: number;
  /** Fleets that are larger are left out. */
  devicesMax: number;
  /** Open connections of the load generator. */
  connections: number;
  /** Also show what the server's time is spent on. */
  profile: boolean;
  /** Lines for people. */
  say: (line: string) => void;
};

/** What it found. Figures depend on the machine; ratios are of two things measured in the same run. */
export type BenchmarkResult = { figures: Record<string, number | string>; ratios: Record<string, number> };

export type Benchmark = {
  name: string;
  /** One line: what is compared with what. */
  summary: string;
  run(options: BenchmarkOptions): Promise<BenchmarkResult>;
};
