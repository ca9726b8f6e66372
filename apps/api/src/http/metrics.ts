/** A number that only grows, per set of labels. */
export type Counter = { add(labels?: Record<string, string>, amount?: number): void };
/** A number that is read when the metrics are. */
export type Gauge = { set(value: number): void };
/** Durations in buckets. */
export type Histogram = { observe(seconds: number, labels?: Record<string, string>): void };

/** The process's figures in Prometheus' text format (version 0.0.4). */
export type Metrics = {
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
  histogram(name: string, help: string, bucketsSeconds: readonly number[]): Histogram;
  render(): string;
};

type Family = { type: 'counter' | 'gauge' | 'histogram'; help: string; lines(): string[] };

function labelText(labels: Record<string, string>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function createCounter(name: string): Counter & { lines(): string[] } {
  const values = new Map<string, number>();
  return {
    add: (labels = {}, amount = 1) => {
      const key = labelText(labels);
      values.set(key, (values.get(key) ?? 0) + amount);
    },
    lines: () => (values.size === 0 ? [`${name} 0`] : [...values].map(([key, value]) => `${name}${key} ${value}`)),
  };
}

function createGauge(name: string): Gauge & { lines(): string[] } {
  let current = 0;
  return {
    set: (value) => {
      current = value;
    },
    lines: () => [`${name} ${current}`],
  };
}

type Series = { labels: Record<string, string>; buckets: number[]; sum: number; count: number };

function createHistogram(name: string, bounds: readonly number[]): Histogram & { lines(): string[] } {
  const series = new Map<string, Series>();
  return {
    observe: (seconds, labels = {}) => {
      const key = labelText(labels);
      const found = series.get(key) ?? { labels, buckets: bounds.map(() => 0), sum: 0, count: 0 };
      series.set(key, found);
      found.sum += seconds;
      found.count += 1;
      found.buckets = found.buckets.map((count, index) => count + (seconds <= (bounds[index] ?? Number.POSITIVE_INFINITY) ? 1 : 0));
    },
    lines: () =>
      [...series].flatMap(([key, { labels, buckets, sum, count }]) => [
        ...buckets.map((value, index) => `${name}_bucket${labelText({ ...labels, le: String(bounds[index]) })} ${value}`),
        `${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${count}`,
        `${name}_sum${key} ${sum}`,
        `${name}_count${key} ${count}`,
      ]),
  };
}

/** Makes the register of one process. Label values must come from a bounded set (route patterns, status classes), never from a request. */
export function createMetrics(): Metrics {
  const families = new Map<string, Family>();
  const register = <T extends { lines(): string[] }>(name: string, type: Family['type'], help: string, made: T): T => {
    if (families.has(name)) throw new Error(`the metric ${name} exists already`);
    families.set(name, { type, help, lines: made.lines });
    return made;
  };
  return {
    counter: (name, help) => register(name, 'counter', help, createCounter(name)),
    gauge: (name, help) => register(name, 'gauge', help, createGauge(name)),
    histogram: (name, help, bounds) => register(name, 'histogram', help, createHistogram(name, bounds)),
    render: () =>
      [...families]
        .map(([name, { type, help, lines }]) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines(), ''].join('\n'))
        .join(''),
  };
}
