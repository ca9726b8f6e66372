import type { FailureView, ModuleNote } from '../view.ts';
import { element, icon } from './dom.ts';
import { words } from './words.ts';

type Gravity = 'error' | 'warning' | 'success';
const icons: Record<Gravity, string> = { error: 'exclamation-triangle', warning: 'exclamation-circle', success: 'check' };

/** A box with something to know; errors are read out at once. */
export function notice(gravity: Gravity, what: string, ...more: (Node | string)[]): HTMLElement {
  const role = gravity === 'error' ? 'alert' : 'status';
  return element(
    'div',
    { class: `sluice-notice sluice-${gravity}`, role },
    icon(icons[gravity]),
    element('div', {}, element('strong', {}, what), ...more),
  );
}

/** What happened, what exactly, and what to do. */
export function failureNotice({ code, detail }: FailureView): HTMLElement {
  const { what, remedy } = words.failure(code);
  const lines = detail === undefined ? [] : [element('p', { class: 'sluice-detail' }, detail)];
  return notice('error', what, ...lines, element('p', {}, remedy));
}

export function noteNotice(note: ModuleNote): HTMLElement {
  const { what, remedy } = words.note(note);
  if (note.code === 'NOT_LOCKED') return element('p', { class: 'sluice-quiet' }, `${what} ${remedy}`);
  return notice('warning', what, element('p', {}, remedy));
}
