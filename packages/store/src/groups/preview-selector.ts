import type { GroupPreview } from '@sluice/contracts';
import type { Selector } from '@sluice/selector';

import type { Reader } from '../base/reader.ts';
import { only } from '../base/rows.ts';
import { membersSql, selectedSql } from './membership.ts';
import { selectorFromParameters, selectorParameters, toSelectorRow } from './selector-row.ts';

const SHOWN_DEVICES = 50;

const shown = (part: string): string => `
  jsonb_build_object('deviceCount', (SELECT count(*) FROM ${part}), 'devices', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'labels', f.labels) ORDER BY f.name, f.id), '[]')
      FROM (SELECT v.id, v.name, v.labels FROM ${part} p JOIN device v ON v.id = p.device_id ORDER BY v.name, v.id LIMIT ${SHOWN_DEVICES}) f))
    AS ${part}`;

const query = `
  WITH matching AS MATERIALIZED (
    SELECT x.device_id FROM ${selectedSql('s', `(SELECT $1::uuid AS organization_id, ${selectorFromParameters(3)}) s`)} x),
  member AS MATERIALIZED (SELECT x.device_id FROM ${membersSql('$2::uuid')} x),
  joining AS (SELECT device_id FROM matching EXCEPT SELECT device_id FROM member),
  leaving AS (SELECT device_id FROM member EXCEPT SELECT device_id FROM matching)
  SELECT ${shown('matching')}, ${shown('joining')}, ${shown('leaving')}`;

/**
 * Who fulfils a selector at this moment, and who would join and leave a group that got it.
 * @param groupId a group of the organization; null: none
 */
export async function previewSelector(
  reader: Reader,
  organizationId: string,
  { selector, groupId }: { selector: Selector; groupId: string | null },
): Promise<GroupPreview> {
  const rows = await reader.query<GroupPreview>(query, [organizationId, groupId, ...selectorParameters(toSelectorRow(selector))]);
  const preview = only(rows);
  return groupId === null ? { ...preview, joining: null, leaving: null } : preview;
}
