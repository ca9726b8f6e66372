import type { EncryptionKeys } from '@sluice/contracts';
import type { CliError } from '../../errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import { duration, flag, text } from '../../frame/parameters.ts';
import { createPatientReader } from '../../frame/patient-reader.ts';
import { encryptionKeyView } from '../../output/views/variables.ts';

const intervalMs = 1_000;
const timeoutMsDefault = 600_000;

export const keyRotate = defineVerb({
  summary: 'Seal secrets with a new key; what older keys sealed is sealed anew, and then they are destroyed',
  more: 'Everything stays readable meanwhile. With --wait the exit code is 8 when it is not done in time: it goes on by itself.',
  parameters: {
    reason: text('--reason <text>', 'Why, for the ledger'),
    wait: flag('--wait', 'Wait until the older keys are destroyed'),
    timeout: duration('--timeout <duration>', 'How long to wait (default 10m)'),
  },
  run: async ({ connect, print, note, ports }, { reason, wait, timeout = timeoutMsDefault }) => {
    const { clock, signal } = ports;
    const session = await connect();
    let answer = await session.post<EncryptionKeys>('/encryption-keys', reason === undefined ? {} : { reason });
    const onTrouble = (error: CliError): void => note(`${error.message} Trying again.`);
    const read = createPatientReader(() => session.get<EncryptionKeys>('/encryption-keys'), { clock, onTrouble });
    const deadline = clock.monotonic() + timeout;
    let told = -1;
    while (wait && !answer.isDone) {
      if (answer.remaining !== told) note(`${answer.secrets - answer.remaining} of ${answer.secrets} secrets are sealed with the new key.`);
      told = answer.remaining;
      const remainingMs = deadline - clock.monotonic();
      if (remainingMs <= 0) break;
      await clock.sleep(Math.min(intervalMs, remainingMs), signal);
      answer = (await read()) ?? answer;
    }
    if (print.format === 'json' || print.format === 'yaml') print.data(answer);
    else print.list(answer.keys, encryptionKeyView(ports.timeZone));
    return wait && !answer.isDone ? exitCodes.stillPending : undefined;
  },
});
