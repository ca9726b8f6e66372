import type { Verb } from '../frame/define.ts';
import { advisoryShow } from './advisory/show.ts';
import { advisoryUpload } from './advisory/upload.ts';
import { appCreate } from './app/create.ts';
import { appGet } from './app/get.ts';
import { appList } from './app/list.ts';
import { budgetCreate } from './budget/create.ts';
import { budgetDelete } from './budget/delete.ts';
import { budgetList } from './budget/list.ts';
import { budgetSet } from './budget/set.ts';
import { budgetShow } from './budget/show.ts';
import { contextList } from './context/list.ts';
import { contextRemove } from './context/remove.ts';
import { contextShow } from './context/show.ts';
import { contextUse } from './context/use.ts';
import { deviceApprove } from './device/approve.ts';
import { deviceCapture } from './device/capture.ts';
import { deviceAdopt, deviceReassert } from './device/decide-ahead.ts';
import { deviceGet } from './device/get.ts';
import { deviceList } from './device/list.ts';
import { deviceLogs } from './device/logs.ts';
import { deviceSet } from './device/set.ts';
import { explainDevice } from './explain/device.ts';
import { explainPromotion } from './explain/promotion.ts';
import { explainRelease } from './explain/release.ts';
import { explainRollout } from './explain/rollout.ts';
import { explainStage } from './explain/stage.ts';
import { freezeDeclare } from './freeze/declare.ts';
import { freezeLift } from './freeze/lift.ts';
import { freezeList } from './freeze/list.ts';
import { gitRemoteCreate } from './git-remote/create.ts';
import { gitRemoteDelete } from './git-remote/delete.ts';
import { gitRemoteList } from './git-remote/list.ts';
import { gitRemoteShow } from './git-remote/show.ts';
import { gitRemoteSync } from './git-remote/sync.ts';
import { groupCreate } from './group/create.ts';
import { groupDelete } from './group/delete.ts';
import { groupDevices } from './group/devices.ts';
import { groupList } from './group/list.ts';
import { groupPreview } from './group/preview.ts';
import { groupSet } from './group/set.ts';
import { holdLift } from './hold/lift.ts';
import { holdList } from './hold/list.ts';
import { holdPlace } from './hold/place.ts';
import { integrationDevices } from './integration/devices.ts';
import { integrationList } from './integration/list.ts';
import { keyList } from './key/list.ts';
import { keyRotate } from './key/rotate.ts';
import { pipelineApply } from './pipeline/apply.ts';
import { pipelineCreate } from './pipeline/create.ts';
import { pipelineDelete } from './pipeline/delete.ts';
import { pipelineGet } from './pipeline/get.ts';
import { pipelineList } from './pipeline/list.ts';
import { policyRulesVerb } from './policy/rules.ts';
import { policySet } from './policy/set.ts';
import { policyShow } from './policy/show.ts';
import { promotionCancel, promotionReject } from './promotion/end.ts';
import { promotionGet } from './promotion/get.ts';
import { promotionList } from './promotion/list.ts';
import { promotionWatch } from './promotion/watch.ts';
import { releaseBundle } from './release/bundle.ts';
import { releaseFindings } from './release/findings.ts';
import { releaseImport } from './release/import.ts';
import { releaseList } from './release/list.ts';
import { releaseMakeKey } from './release/make-key.ts';
import { releasePublish } from './release/publish.ts';
import { releaseShow } from './release/show.ts';
import { releaseSign } from './release/sign.ts';
import { releaseVerifyBundle } from './release/verify-bundle.ts';
import { rolloutAbort } from './rollout/abort.ts';
import { rolloutAdvance } from './rollout/advance.ts';
import { rolloutApprove } from './rollout/approve.ts';
import { rolloutCreate } from './rollout/create.ts';
import { rolloutForecast } from './rollout/forecast.ts';
import { rolloutGet } from './rollout/get.ts';
import { rolloutList } from './rollout/list.ts';
import { rolloutPause } from './rollout/pause.ts';
import { rolloutReject } from './rollout/reject.ts';
import { rolloutResume } from './rollout/resume.ts';
import { rolloutRetry } from './rollout/retry.ts';
import { rolloutRollback } from './rollout/rollback.ts';
import { rolloutSimulate } from './rollout/simulate.ts';
import { rolloutWatch } from './rollout/watch.ts';
import { signerCreate } from './signer/create.ts';
import { signerList } from './signer/list.ts';
import { signerRemove } from './signer/remove.ts';
import { snapshotCheck } from './snapshot/check.ts';
import { snapshotCreate } from './snapshot/create.ts';
import { snapshotDelete } from './snapshot/delete.ts';
import { snapshotDiff } from './snapshot/diff.ts';
import { snapshotExport } from './snapshot/export.ts';
import { snapshotList } from './snapshot/list.ts';
import { snapshotMap } from './snapshot/map.ts';
import { snapshotShow } from './snapshot/show.ts';
import { snapshotVariables } from './snapshot/variables.ts';
import { stageAdd } from './stage/add.ts';
import { stageGet } from './stage/get.ts';
import { stageList } from './stage/list.ts';
import { stageRemove } from './stage/remove.ts';
import { stageRollBack } from './stage/roll-back.ts';
import { stageSet } from './stage/set.ts';
import { variableList } from './variable/list.ts';
import { variableRemove } from './variable/remove.ts';
import { variableResolve } from './variable/resolve.ts';
import { variableSet } from './variable/set.ts';
import { waiverCreate } from './waiver/create.ts';
import { waiverList } from './waiver/list.ts';
import { waiverRevoke } from './waiver/revoke.ts';
import { webhookCreate } from './webhook/create.ts';
import { webhookDelete } from './webhook/delete.ts';
import { webhookDeliveries } from './webhook/deliveries.ts';
import { webhookGet } from './webhook/get.ts';
import { webhookList } from './webhook/list.ts';
import { webhookReplay } from './webhook/replay.ts';
import { webhookRotateSecret } from './webhook/rotate-secret.ts';
import { webhookSet } from './webhook/set.ts';
import { webhookTest } from './webhook/test.ts';

export type Noun = { name: string; summary: string; verbs: Readonly<Record<string, Verb>> };

/** Every noun with its verbs, in the order of `--help`: from the flows to the fleet. */
export const nouns: readonly Noun[] = [
  {
    name: 'context',
    summary: 'Stored sign-ins at control planes',
    verbs: { list: contextList, use: contextUse, show: contextShow, remove: contextRemove },
  },
  { name: 'app', summary: 'Applications', verbs: { list: appList, create: appCreate, get: appGet } },
  {
    name: 'snapshot',
    summary: 'Versions of the flows of an application',
    verbs: {
      create: snapshotCreate,
      list: snapshotList,
      show: snapshotShow,
      diff: snapshotDiff,
      check: snapshotCheck,
      map: snapshotMap,
      variables: snapshotVariables,
      export: snapshotExport,
      delete: snapshotDelete,
    },
  },
  {
    name: 'integration',
    summary: 'What the fleet talks to, and who talks to what',
    verbs: { list: integrationList, devices: integrationDevices },
  },
  {
    name: 'git-remote',
    summary: 'Repositories that the history is pushed to, or imported from',
    verbs: { create: gitRemoteCreate, list: gitRemoteList, show: gitRemoteShow, sync: gitRemoteSync, delete: gitRemoteDelete },
  },
  {
    name: 'release',
    summary: 'Signed snapshots, which can be rolled out',
    verbs: {
      publish: releasePublish,
      list: releaseList,
      show: releaseShow,
      findings: releaseFindings,
      'make-key': releaseMakeKey,
      sign: releaseSign,
      bundle: releaseBundle,
      'verify-bundle': releaseVerifyBundle,
      import: releaseImport,
    },
  },
  {
    name: 'signer',
    summary: 'Keys of others that sign releases, which the control plane does not have',
    verbs: { create: signerCreate, list: signerList, remove: signerRemove },
  },
  {
    name: 'policy',
    summary: 'Rules that snapshots are checked against',
    verbs: { show: policyShow, rules: policyRulesVerb, set: policySet },
  },
  {
    name: 'waiver',
    summary: 'Decisions to live with what a rule finds',
    verbs: { create: waiverCreate, list: waiverList, revoke: waiverRevoke },
  },
  {
    name: 'advisory',
    summary: 'The file of known weaknesses of modules',
    verbs: { upload: advisoryUpload, show: advisoryShow },
  },
  {
    name: 'device',
    summary: 'Devices of the fleet',
    verbs: {
      list: deviceList,
      get: deviceGet,
      logs: deviceLogs,
      approve: deviceApprove,
      set: deviceSet,
      capture: deviceCapture,
      adopt: deviceAdopt,
      reassert: deviceReassert,
    },
  },
  {
    name: 'group',
    summary: 'Device groups: devices that are listed, or those that fulfil a selector',
    verbs: {
      list: groupList,
      create: groupCreate,
      preview: groupPreview,
      devices: groupDevices,
      set: groupSet,
      delete: groupDelete,
    },
  },
  {
    name: 'pipeline',
    summary: 'Which stages a release goes through, and what comes after what',
    verbs: { list: pipelineList, get: pipelineGet, create: pipelineCreate, apply: pipelineApply, delete: pipelineDelete },
  },
  {
    name: 'stage',
    summary: 'Stages of the pipelines: their groups, policy and gates',
    verbs: { list: stageList, get: stageGet, set: stageSet, add: stageAdd, remove: stageRemove, 'roll-back': stageRollBack },
  },
  {
    name: 'variable',
    summary: 'Values that flows get from outside, per organization, application, stage, group or device',
    verbs: { list: variableList, set: variableSet, remove: variableRemove, resolve: variableResolve },
  },
  { name: 'key', summary: 'Keys that secrets are sealed with at rest', verbs: { list: keyList, rotate: keyRotate } },
  {
    name: 'promotion',
    summary: 'Releases on their way into a stage; sluice promote makes one, sluice approve signs it',
    verbs: { list: promotionList, get: promotionGet, watch: promotionWatch, cancel: promotionCancel, reject: promotionReject },
  },
  {
    name: 'rollout',
    summary: 'Staged changes of devices to a release',
    verbs: {
      create: rolloutCreate,
      simulate: rolloutSimulate,
      list: rolloutList,
      get: rolloutGet,
      forecast: rolloutForecast,
      approve: rolloutApprove,
      reject: rolloutReject,
      watch: rolloutWatch,
      pause: rolloutPause,
      resume: rolloutResume,
      advance: rolloutAdvance,
      retry: rolloutRetry,
      abort: rolloutAbort,
      rollback: rolloutRollback,
    },
  },
  {
    name: 'freeze',
    summary: 'Times in which nothing new is rolled out',
    verbs: { declare: freezeDeclare, list: freezeList, lift: freezeLift },
  },
  {
    name: 'hold',
    summary: 'Releases that do not go into a stage until somebody says why they may',
    verbs: { place: holdPlace, list: holdList, lift: holdLift },
  },
  {
    name: 'budget',
    summary: 'How many devices may be unavailable at once, over all rollouts',
    verbs: { create: budgetCreate, list: budgetList, show: budgetShow, set: budgetSet, delete: budgetDelete },
  },
  {
    name: 'webhook',
    summary: 'Servers that are told what happens',
    verbs: {
      list: webhookList,
      create: webhookCreate,
      get: webhookGet,
      set: webhookSet,
      test: webhookTest,
      deliveries: webhookDeliveries,
      replay: webhookReplay,
      'rotate-secret': webhookRotateSecret,
      delete: webhookDelete,
    },
  },
  {
    name: 'explain',
    summary: 'Why something does not move',
    verbs: { release: explainRelease, stage: explainStage, promotion: explainPromotion, rollout: explainRollout, device: explainDevice },
  },
];
