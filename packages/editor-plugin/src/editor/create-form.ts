import type { CreatedView, CreateRequest } from '../view.ts';
import { button, element, icon } from './dom.ts';
import { readLabels } from './labels.ts';
import { failureNotice, notice } from './notices.ts';
import { ask, failureIn } from './server.ts';
import { words } from './words.ts';

/** The form that creates snapshots. It outlives refreshes, so that nobody loses what they have typed. */
export type CreateForm = {
  root: HTMLElement;
  focus(): void;
  /** To be called when the editor's changes are deployed, or no longer are. */
  setUndeployed(isUndeployed: boolean): void;
};

/** Makes the form. `onCreated` is called after each snapshot. */
export function createForm({ mayWrite, onCreated }: { mayWrite: boolean; onCreated: () => void }): CreateForm {
  const message = element('textarea', { rows: '2', maxlength: '4000', placeholder: words.messageHint });
  const labels = element('input', { type: 'text', placeholder: words.labelsHint, autocomplete: 'off' });
  const outcome = element('div', {});
  const undeployed = element('div', {});
  const submit = button(words.create, () => void create(), { isPrimary: true, icon: 'camera', disabled: !mayWrite });
  let label: string = words.create;

  const setBusy = (isBusy: boolean): void => {
    submit.disabled = isBusy;
    submit.setAttribute('aria-busy', String(isBusy));
    submit.replaceChildren(icon(isBusy ? 'spinner fa-spin' : 'camera'), ` ${isBusy ? words.creating : label}`);
  };

  const create = async (): Promise<void> => {
    if (submit.disabled) return;
    const read = readLabels(labels.value);
    if (read === undefined) {
      outcome.replaceChildren(notice('error', words.labelsInvalid));
      labels.focus();
      return;
    }
    setBusy(true);
    outcome.replaceChildren();
    try {
      const request: CreateRequest = { message: message.value.trim(), labels: read };
      const { number, url } = await ask<CreatedView>('POST', 'snapshots', request);
      message.value = '';
      labels.value = '';
      const link = element('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, words.openInConsole);
      outcome.replaceChildren(notice('success', words.created(number), ' ', link));
      onCreated();
    } catch (error) {
      outcome.replaceChildren(failureNotice(failureIn(error)));
    } finally {
      setBusy(false);
    }
  };

  message.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void create();
  });
  const root = element(
    'div',
    { class: 'sluice-form', role: 'form', 'aria-label': words.create },
    undeployed,
    ...(mayWrite ? [] : [element('p', { class: 'sluice-quiet' }, words.mayNotWrite)]),
    element('label', { class: 'sluice-field' }, element('span', {}, words.message), message),
    element('label', { class: 'sluice-field' }, element('span', {}, words.labels), labels),
    submit,
    outcome,
  );
  return {
    root,
    focus: () => message.focus(),
    setUndeployed: (isUndeployed) => {
      label = isUndeployed ? words.createDeployed : words.create;
      // What was said about the last snapshot is over.
      if (isUndeployed) outcome.replaceChildren();
      undeployed.replaceChildren(...(isUndeployed ? [notice('warning', words.undeployed)] : []));
      if (submit.getAttribute('aria-busy') !== 'true') submit.replaceChildren(icon('camera'), ` ${label}`);
    },
  };
}
