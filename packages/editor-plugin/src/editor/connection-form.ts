import type { ChoicesView, ConnectionView } from '../view.ts';
import { button, element } from './dom.ts';
import { failureNotice } from './notices.ts';
import { ask, failureIn } from './server.ts';
import { words } from './words.ts';

export type ConnectionFormOptions = {
  current: ConnectionView | null;
  /** Called when the form is done with, whatever it changed. */
  onDone(): void;
};

const text = words.connect;

function field(label: string, input: HTMLElement, help?: string): HTMLElement {
  const hint = help === undefined ? null : element('span', { class: 'sluice-quiet' }, help);
  return element('label', { class: 'sluice-field' }, element('span', {}, label), input, hint);
}

function select(options: readonly { id: string; name: string }[], chosen: string | undefined, onChange?: () => void): HTMLSelectElement {
  const made = element('select', onChange === undefined ? {} : { onchange: onChange });
  made.append(...options.map(({ id, name }) => element('option', { value: id, selected: id === chosen }, name)));
  return made;
}

/** The form with which a Node-RED is connected: address and token first, then what the token gives access to. */
export function connectionForm({ current, onDone }: ConnectionFormOptions): HTMLElement {
  const address = element('input', {
    type: 'url',
    required: true,
    placeholder: text.addressHint,
    value: current?.controlPlaneUrl ?? '',
    autocomplete: 'off',
  });
  const token = element('input', { type: 'password', autocomplete: 'off', placeholder: current === null ? '' : text.tokenKept });
  const second = element('div', {});
  const outcome = element('div', {});
  const entered = () => ({ controlPlaneUrl: address.value, token: token.value });

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    outcome.replaceChildren(element('p', { class: 'sluice-quiet', role: 'status' }, text.checking));
    try {
      await work();
      outcome.replaceChildren();
    } catch (error) {
      outcome.replaceChildren(failureNotice(failureIn(error)));
    }
  };

  const offer = ({ account, organizations }: ChoicesView): void => {
    const applications = element('div', {});
    const connect = (organizationId: string, applicationId: string): void =>
      void attempt(async () => {
        await ask<ConnectionView>('POST', 'connection', { ...entered(), organizationId, applicationId });
        onDone();
      });
    const listApplications = (): void => {
      const organization = organizations.find(({ id }) => id === organizationSelect.value);
      if (organization === undefined || organization.applications.length === 0) {
        applications.replaceChildren(element('p', { role: 'status' }, text.noApplications));
        return;
      }
      const applicationSelect = select(organization.applications, current?.application.id);
      const save = button(text.save, () => connect(organization.id, applicationSelect.value), { isPrimary: true, icon: 'plug' });
      applications.replaceChildren(field(text.application, applicationSelect), save);
    };
    const named = organizations.map(({ id, name, mayWrite }) => ({ id, name: mayWrite ? name : `${name} (${text.readOnly})` }));
    const organizationSelect = select(named, current?.organization.id, listApplications);
    listApplications();
    second.replaceChildren(
      element('p', { class: 'sluice-quiet' }, text.account(account)),
      field(text.organization, organizationSelect),
      applications,
    );
    second.querySelector('select')?.focus();
  };

  const next = (event: Event): void => {
    event.preventDefault();
    second.replaceChildren();
    void attempt(async () => offer(await ask<ChoicesView>('POST', 'choices', entered())));
  };
  const forget = (): void =>
    void attempt(async () => {
      await ask('DELETE', 'connection');
      onDone();
    });
  const others = current === null ? [] : [button(text.cancel, onDone), button(text.forget, forget)];
  const submit = element('button', { type: 'submit', class: 'red-ui-button' }, text.next);
  return element(
    'form',
    { class: 'sluice-form', 'aria-label': text.title, onsubmit: next },
    element('h3', {}, text.title),
    field(text.address, address),
    field(text.token, token, text.tokenHelp),
    element('div', { class: 'sluice-buttons' }, submit, ...others),
    outcome,
    second,
  );
}
