-- What Prisma's language cannot say. This file is appended to the generated SQL when the initial migration is regenerated.

-- Foreign keys that the schema leaves out --------------------------------------------------------------------------------------------------

-- A child and its parent belong to one organization: the pair is the key.
ALTER TABLE "application" ADD CONSTRAINT "application_id_organization_id_key" UNIQUE ("id", "organization_id");
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_id_application_id_organization_id_key" UNIQUE ("id", "application_id", "organization_id");
ALTER TABLE "release" ADD CONSTRAINT "release_id_organization_id_key" UNIQUE ("id", "organization_id");
ALTER TABLE "device" ADD CONSTRAINT "device_id_organization_id_key" UNIQUE ("id", "organization_id");
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_organization_fkey"
  FOREIGN KEY ("application_id", "organization_id") REFERENCES "application" ("id", "organization_id");
ALTER TABLE "release" ADD CONSTRAINT "release_organization_fkey"
  FOREIGN KEY ("snapshot_id", "application_id", "organization_id") REFERENCES "snapshot" ("id", "application_id", "organization_id");
ALTER TABLE "pipeline" ADD CONSTRAINT "pipeline_organization_fkey"
  FOREIGN KEY ("application_id", "organization_id") REFERENCES "application" ("id", "organization_id");
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_application_organization_fkey"
  FOREIGN KEY ("application_id", "organization_id") REFERENCES "application" ("id", "organization_id");
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_release_organization_fkey"
  FOREIGN KEY ("release_id", "organization_id") REFERENCES "release" ("id", "organization_id");
ALTER TABLE "device_desired" ADD CONSTRAINT "device_desired_organization_fkey"
  FOREIGN KEY ("device_id", "organization_id") REFERENCES "device" ("id", "organization_id");
ALTER TABLE "device_observed" ADD CONSTRAINT "device_observed_organization_fkey"
  FOREIGN KEY ("device_id", "organization_id") REFERENCES "device" ("id", "organization_id");

ALTER TABLE "blob" ADD CONSTRAINT "blob_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization" ("id");
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_flows_fkey"
  FOREIGN KEY ("organization_id", "flows_sha256") REFERENCES "blob" ("organization_id", "sha256");
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_lock_fkey"
  FOREIGN KEY ("organization_id", "lock_sha256") REFERENCES "blob" ("organization_id", "sha256");
ALTER TABLE "stage" ADD CONSTRAINT "stage_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization" ("id");
ALTER TABLE "rollout_policy" ADD CONSTRAINT "rollout_policy_organization_id_fkey"
  FOREIGN KEY ("organization_id") REFERENCES "organization" ("id");
-- A stage names its policy and the policy its stage: the second of the two is checked at the commit.
ALTER TABLE "rollout_policy" ADD CONSTRAINT "rollout_policy_stage_id_fkey"
  FOREIGN KEY ("stage_id") REFERENCES "stage" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "enrollment_code" ADD CONSTRAINT "enrollment_code_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "device_group" ("id");
ALTER TABLE "device_desired" ADD CONSTRAINT "device_desired_stage_id_fkey" FOREIGN KEY ("stage_id") REFERENCES "stage" ("id");
ALTER TABLE "device_desired" ADD CONSTRAINT "device_desired_rollout_id_fkey" FOREIGN KEY ("rollout_id") REFERENCES "rollout" ("id");
ALTER TABLE "device_desired" ADD CONSTRAINT "device_desired_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployment" ("id");
ALTER TABLE "device_assignment" ADD CONSTRAINT "device_assignment_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device" ("id");
ALTER TABLE "device_event" ADD CONSTRAINT "device_event_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device" ("id");
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_rollback_of_fkey" FOREIGN KEY ("rollback_of") REFERENCES "rollout" ("id");
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_wave_fkey"
  FOREIGN KEY ("rollout_id", "wave_index") REFERENCES "wave" ("rollout_id", "index");
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_from_release_id_fkey" FOREIGN KEY ("from_release_id") REFERENCES "release" ("id");
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_from_stage_id_fkey" FOREIGN KEY ("from_stage_id") REFERENCES "stage" ("id");
ALTER TABLE "idempotency_key" ADD CONSTRAINT "idempotency_key_organization_id_fkey"
  FOREIGN KEY ("organization_id") REFERENCES "organization" ("id");

-- Words: the same lists as in packages/contracts (a test compares them) --------------------------------------------------------------------

ALTER TABLE "membership" ADD CONSTRAINT "membership_role_check" CHECK ("role" IN ('owner', 'operator', 'viewer'));
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_role_check" CHECK ("role" IN ('owner', 'operator', 'viewer'));
ALTER TABLE "signing_key" ADD CONSTRAINT "signing_key_role_check" CHECK ("role" IN ('root', 'release', 'director', 'time', 'audit'));
ALTER TABLE "device" ADD CONSTRAINT "device_approval_check" CHECK ("approval" IN ('pending', 'approved', 'revoked', 'quarantined'));
ALTER TABLE "device_observed" ADD CONSTRAINT "device_observed_health_check" CHECK ("health" IN ('healthy', 'unhealthy', 'unknown'));
ALTER TABLE "device_report" ADD CONSTRAINT "device_report_kind_check" CHECK ("kind" IN ('deployment', 'health', 'refusal', 'event'));
ALTER TABLE "device_event" ADD CONSTRAINT "device_event_kind_check" CHECK ("kind" IN ('deployment', 'health', 'refusal', 'event', 'person'));
ALTER TABLE "device_event" ADD CONSTRAINT "device_event_level_check" CHECK ("level" IN ('info', 'warning', 'error'));
ALTER TABLE "variable" ADD CONSTRAINT "variable_scope_check" CHECK ("scope" IN ('organization', 'application', 'stage', 'group', 'device'));
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_kind_check" CHECK ("kind" IN ('promotion', 'rollback'));
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_state_check" CHECK ("state" IN (
  'draft', 'pending_approval', 'scheduled', 'running', 'paused', 'aborting',
  'succeeded', 'completed_with_failures', 'failed', 'aborted', 'superseded', 'rejected'));
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_pause_cause_check" CHECK ("pause_cause" IN ('person', 'breach', 'inconclusive', 'regress'));
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_abort_cause_check" CHECK ("abort_cause" IN ('person', 'breach'));
ALTER TABLE "wave" ADD CONSTRAINT "wave_state_check" CHECK ("state" IN (
  'pending', 'awaiting_gate', 'running', 'soaking', 'analyzing', 'succeeded', 'failed', 'skipped', 'aborted'));
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_state_check" CHECK ("state" IN (
  'scheduled', 'queued', 'offered', 'accepted', 'downloading', 'staged', 'awaiting_window', 'awaiting_consent', 'applying', 'verifying',
  'succeeded', 'failed', 'rolled_back', 'rollback_failed', 'rejected', 'timed_out', 'canceled', 'superseded', 'skipped', 'removed'));
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_failure_detail_check" CHECK ("failure_detail" IN (
  'no_state_change', 'rolled_back', 'unable_to_roll_back', 'rollback_not_requested'));
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_method_check" CHECK ("method" IN ('first_start', 'hot', 'restart'));
ALTER TABLE "change_event" ADD CONSTRAINT "change_event_kind_check" CHECK ("kind" IN (
  'application', 'snapshot', 'release', 'pipeline', 'device', 'group', 'enrollment_code', 'rollout', 'deployment', 'variable', 'api_token'));

-- Numbers and forms ------------------------------------------------------------------------------------------------------------------------

ALTER TABLE "person" ADD CONSTRAINT "person_email_lower_case" CHECK ("email" = lower("email"));
ALTER TABLE "person" ADD CONSTRAINT "person_failed_sign_ins_positive" CHECK ("failed_sign_ins" >= 0);
ALTER TABLE "application" ADD CONSTRAINT "application_numbers_positive"
  CHECK ("last_snapshot_number" >= 0 AND "last_release_counter" >= 0 AND "version" >= 1);
-- Content-addressed means: the address is computed from the content, by the database itself.
ALTER TABLE "blob" ADD CONSTRAINT "blob_content_addressed"
  CHECK ("length" = octet_length("content") AND "sha256" = encode(sha256("content"), 'hex'));
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_numbers_positive" CHECK ("number" >= 1 AND "node_count" >= 0 AND "flow_count" >= 0);
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_digest_form" CHECK ("digest" ~ '^[0-9a-f]{64}$');
ALTER TABLE "release" ADD CONSTRAINT "release_counter_positive" CHECK ("counter" >= 1);
ALTER TABLE "release" ADD CONSTRAINT "release_digest_form" CHECK ("digest" ~ '^[0-9a-f]{64}$' AND "lock_digest" ~ '^[0-9a-f]{64}$');
ALTER TABLE "stage" ADD CONSTRAINT "stage_numbers_positive" CHECK ("position" >= 0 AND "version" >= 1);
ALTER TABLE "rollout_policy" ADD CONSTRAINT "rollout_policy_version_positive" CHECK ("version" >= 1);
ALTER TABLE "device_group" ADD CONSTRAINT "device_group_version_positive" CHECK ("version" >= 1);
ALTER TABLE "enrollment_code" ADD CONSTRAINT "enrollment_code_uses_bounded" CHECK ("uses" BETWEEN 0 AND "maximum_uses" AND "maximum_uses" >= 1);
ALTER TABLE "device" ADD CONSTRAINT "device_numbers_positive" CHECK ("epoch" >= 1 AND "version" >= 1 AND "last_report_sequence" >= 0);
ALTER TABLE "device" ADD CONSTRAINT "device_labels_object" CHECK (jsonb_typeof("labels") = 'object');
ALTER TABLE "device_desired" ADD CONSTRAINT "device_desired_numbers_positive" CHECK ("revision" >= 0 AND "attempt" >= 0);
ALTER TABLE "device_assignment" ADD CONSTRAINT "device_assignment_numbers_positive" CHECK ("revision" >= 1 AND "epoch" >= 1);
ALTER TABLE "device_observed" ADD CONSTRAINT "device_observed_numbers_positive" CHECK ("revision" >= 0 AND "running_counter" >= 0);
ALTER TABLE "device_report" ADD CONSTRAINT "device_report_sequence_positive" CHECK ("sequence" >= 1);
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_numbers_positive" CHECK ("size" >= 0 AND "version" >= 1 AND "handed_to_rollback" >= 0);
ALTER TABLE "wave" ADD CONSTRAINT "wave_numbers_positive" CHECK ("index" >= 0 AND "size" >= 0);
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_numbers_positive" CHECK ("wave_index" >= 0 AND "attempt" >= 0 AND "cut_over_ms" >= 0);
ALTER TABLE "rollout_decision" ADD CONSTRAINT "rollout_decision_policy_version_positive" CHECK ("policy_version" >= 1);
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_leaf_form" CHECK (octet_length("leaf") = 32);
ALTER TABLE "idempotency_key" ADD CONSTRAINT "idempotency_key_status_form" CHECK ("status" BETWEEN 100 AND 599);

-- Indexes ----------------------------------------------------------------------------------------------------------------------------------

-- At most one rollout at a time changes a device.
CREATE UNIQUE INDEX "deployment_one_active_per_device" ON "deployment" ("device_id") WHERE "state" IN (
  'queued', 'offered', 'accepted', 'downloading', 'staged', 'awaiting_window', 'awaiting_consent', 'applying', 'verifying');
-- What the worker's sweep looks for: rollouts that are due, waves in which something happened.
CREATE INDEX "rollout_due" ON "rollout" ("next_timer_at") WHERE "state" IN ('scheduled', 'running', 'paused', 'aborting');
CREATE INDEX "wave_touched" ON "wave" ("rollout_id") WHERE "touched";
CREATE INDEX "rollout_rollback_of" ON "rollout" ("rollback_of") WHERE "rollback_of" IS NOT NULL;
CREATE INDEX "device_pending_approval" ON "device" ("organization_id", "id") WHERE "approval" = 'pending';
-- Part of a name: scanned within the organization, without reading the wide rows of the table.
CREATE INDEX "device_name_search" ON "device" ("organization_id", lower("name") text_pattern_ops, "id");
CREATE INDEX "ledger_entry_actor" ON "ledger_entry" ("organization_id", ("search" -> 'actor' ->> 'id'), "id");

-- Room on each page of the tables that are updated all the time, so that an update stays on its page ----------------------------------------

ALTER TABLE "device_presence" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "device_observed" SET (fillfactor = 70);
ALTER TABLE "device_desired" SET (fillfactor = 80);
ALTER TABLE "device" SET (fillfactor = 80);
ALTER TABLE "deployment" SET (fillfactor = 80);
ALTER TABLE "wave" SET (fillfactor = 50);

-- The ledger is append-only ----------------------------------------------------------------------------------------------------------------

CREATE FUNCTION "refuse_ledger_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER "ledger_entry_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger_entry"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_ledger_change"();
