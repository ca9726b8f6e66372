import type { DeviceCapture, Page } from '@sluice/contracts';
import { queryOptions } from '@tanstack/react-query';
import { read, withQuery } from './client.ts';
import { keys } from './keys.ts';
import { organizationPath } from './queries.ts';

const shownMax = 5;

/** Where the captures of a device are. */
export const capturesPath = (o: string, deviceId: string): string => `${organizationPath(o)}/devices/${deviceId}/captures`;

/** What was captured from a device lately, newest first. */
export const capturesQuery = (o: string, deviceId: string) =>
  queryOptions({
    queryKey: [...keys.device(o, deviceId), 'captures'],
    queryFn: ({ signal }) => read<Page<DeviceCapture>>(withQuery(capturesPath(o, deviceId), { limit: shownMax }), signal),
  });
