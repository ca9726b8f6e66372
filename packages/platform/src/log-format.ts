const COLORS: Record<string, string> = { trace: '90', debug: '90', info: '36', warn: '33', error: '31', fatal: '31;1' };
const HIDDEN = new Set(['level', 'time', 'name', 'pid', 'msg', 'err']);

function paint(text: string, color: string | undefined): string {
  return color === undefined ? text : `\u001b[${color}m${text}\u001b[0m`;
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Turns one JSON log line into a line for people: `12:00:01 INFO  api: listening port=3400`. Other text stays as it is. */
export function formatLogLine(line: string): string {
  const entry = parse(line);
  if (entry === undefined) return line;
  const level = String(entry['level'] ?? 'info');
  const time = String(entry['time'] ?? '').slice(11, 19);
  const fields = Object.entries(entry)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const error = entry['err'];
  const stack = typeof error === 'object' && error !== null && 'stack' in error ? `\n${String(error.stack)}` : '';
  const head = `${paint(time, '90')} ${paint(level.toUpperCase().padEnd(5), COLORS[level])} ${String(entry['name'] ?? '')}:`;
  const tail = fields.length > 0 ? ` ${paint(fields.join(' '), '90')}` : '';
  return `${head} ${String(entry['msg'] ?? '')}${tail}${stack}\n`;
}
