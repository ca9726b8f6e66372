import { stringify } from 'yaml';
import type { CliError } from '../errors.ts';
import { findingLines } from './findings.ts';
import { noPaint, type Paint } from './paint.ts';
import type { OutputFormat } from './printer.ts';
import { plainText } from './text-width.ts';

const candidatesMax = 20;

/** Where it is wrong, and how, unless that has been said already. */
function fieldLine({ pointer, detail }: CliError['fields'][number], message: string): string {
  const place = plainText(pointer === '' ? 'the request' : pointer);
  return detail === message ? `  At ${place}` : `  ${place}: ${plainText(detail)}`;
}

/** What happened, with its code, where it is wrong and what to do: as lines for people. */
export function complaintLines(error: CliError, paint: Paint = noPaint): string[] {
  const shown = error.candidates.slice(0, candidatesMax);
  const hidden = error.candidates.length - shown.length;
  return [
    `${paint('bad', 'sluice:')} ${plainText(error.message)} [${error.code}]`,
    ...error.fields.map((field) => fieldLine(field, error.message)),
    ...findingLines(error.findings, paint),
    ...(shown.length === 0 ? [] : [`  Candidates: ${shown.map(plainText).join(', ')}${hidden > 0 ? ` and ${hidden} more` : ''}`]),
    ...(error.hint === undefined ? [] : [`  ${error.hint}`]),
    ...(error.traceId === undefined ? [] : [`  Trace id, for the control plane's log: ${plainText(error.traceId)}`]),
  ];
}

/** The error as text for standard error, in the format that the command was asked for. */
export function formatComplaint(error: CliError, format: OutputFormat, paint: Paint): string {
  if (format !== 'json' && format !== 'yaml') return `${complaintLines(error, paint).join('\n')}\n`;
  const { code, message, exitCode, hint, candidates, fields, findings, traceId } = error;
  const document = {
    error: {
      code,
      message,
      exitCode,
      ...(hint === undefined ? {} : { hint }),
      ...(candidates.length === 0 ? {} : { candidates }),
      ...(fields.length === 0 ? {} : { fields }),
      ...(findings.length === 0 ? {} : { findings }),
      ...(traceId === undefined ? {} : { traceId }),
    },
  };
  return format === 'yaml' ? stringify(document) : `${JSON.stringify(document)}\n`;
}
