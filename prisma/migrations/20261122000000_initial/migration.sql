-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "organization" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "root_document" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "organization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "person" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT,
    "failed_sign_ins" INTEGER NOT NULL DEFAULT 0,
    "locked_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "person_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "membership" (
    "organization_id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "membership_pkey" PRIMARY KEY ("organization_id","person_id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sign_in_link" (
    "id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "sign_in_link_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_token" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "signing_key" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "sealed_private_key" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "signing_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "application" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "last_snapshot_number" INTEGER NOT NULL DEFAULT 0,
    "last_release_counter" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "application_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "blob" (
    "organization_id" UUID NOT NULL,
    "sha256" TEXT NOT NULL,
    "length" INTEGER NOT NULL,
    "content" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "blob_pkey" PRIMARY KEY ("organization_id","sha256")
);

-- CreateTable
CREATE TABLE "snapshot" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "application_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "digest" TEXT NOT NULL,
    "message" TEXT NOT NULL DEFAULT '',
    "flows_sha256" TEXT NOT NULL,
    "flows_revision" TEXT NOT NULL,
    "package_json" JSONB NOT NULL,
    "lock_sha256" TEXT,
    "settings" JSONB NOT NULL,
    "variables" JSONB NOT NULL,
    "sealed_credentials" BYTEA,
    "runtime_version" TEXT NOT NULL,
    "node_count" INTEGER NOT NULL,
    "flow_count" INTEGER NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "snapshot_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "release" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "application_id" UUID NOT NULL,
    "snapshot_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "counter" INTEGER NOT NULL,
    "digest" TEXT NOT NULL,
    "envelope" JSONB NOT NULL,
    "manifest" JSONB NOT NULL,
    "lock_digest" TEXT NOT NULL,
    "republished_from" UUID,
    "published_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "release_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pipeline" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "application_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pipeline_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stage" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "policy_id" UUID NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "stage_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rollout_policy" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "stage_id" UUID,
    "version" INTEGER NOT NULL,
    "policy" JSONB NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rollout_policy_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stage_group" (
    "stage_id" UUID NOT NULL,
    "group_id" UUID NOT NULL,

    CONSTRAINT "stage_group_pkey" PRIMARY KEY ("stage_id","group_id")
);

-- CreateTable
CREATE TABLE "device_group" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_group_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "device_group_member" (
    "group_id" UUID NOT NULL,
    "device_id" UUID NOT NULL,

    CONSTRAINT "device_group_member_pkey" PRIMARY KEY ("group_id","device_id")
);

-- CreateTable
CREATE TABLE "enrollment_code" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "maximum_uses" INTEGER NOT NULL,
    "uses" INTEGER NOT NULL DEFAULT 0,
    "automatic_approval" BOOLEAN NOT NULL,
    "group_id" UUID,
    "labels" JSONB NOT NULL DEFAULT '{}',
    "revoked_at" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "enrollment_code_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "device" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "labels" JSONB NOT NULL DEFAULT '{}',
    "hardware_id" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "sealing_key" TEXT NOT NULL,
    "approval" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL DEFAULT 1,
    "inventory" JSONB NOT NULL,
    "last_report_sequence" BIGINT NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "device_presence" (
    "device_id" UUID NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_presence_pkey" PRIMARY KEY ("device_id")
);

-- CreateTable
CREATE TABLE "device_desired" (
    "device_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "revision" BIGINT NOT NULL,
    "release_id" UUID,
    "stage_id" UUID,
    "rollout_id" UUID,
    "deployment_id" UUID,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "changed_xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_desired_pkey" PRIMARY KEY ("device_id")
);

-- CreateTable
CREATE TABLE "device_assignment" (
    "device_id" UUID NOT NULL,
    "revision" BIGINT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "release_digest" TEXT,
    "envelope" JSONB NOT NULL,
    "configuration_digest" TEXT,
    "sealed_configuration" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_assignment_pkey" PRIMARY KEY ("device_id","revision")
);

-- CreateTable
CREATE TABLE "device_observed" (
    "device_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "revision" BIGINT NOT NULL,
    "running_digest" TEXT,
    "running_counter" INTEGER,
    "previous_digest" TEXT,
    "configuration_digest" TEXT,
    "health" TEXT NOT NULL,
    "health_since" TIMESTAMPTZ(3) NOT NULL,
    "verdict" JSONB NOT NULL,
    "runtime" JSONB,
    "reported_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_observed_pkey" PRIMARY KEY ("device_id")
);

-- CreateTable
CREATE TABLE "device_report" (
    "device_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "body" JSONB,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_report_pkey" PRIMARY KEY ("device_id","sequence")
);

-- CreateTable
CREATE TABLE "device_event" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "device_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "level" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "deployment_id" UUID,

    CONSTRAINT "device_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "variable" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "scope" TEXT NOT NULL,
    "scope_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "secret" BOOLEAN NOT NULL,
    "sealed_value" BYTEA NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "variable_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rollout" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "application_id" UUID NOT NULL,
    "release_id" UUID NOT NULL,
    "stage_id" UUID,
    "policy_id" UUID NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'promotion',
    "rollback_of" UUID,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "size" INTEGER NOT NULL DEFAULT 0,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "next_timer_at" TIMESTAMPTZ(3),
    "pause_cause" TEXT,
    "pause_wave" INTEGER,
    "paused_at" TIMESTAMPTZ(3),
    "abort_cause" TEXT,
    "abort_roll_back" BOOLEAN NOT NULL DEFAULT false,
    "handed_to_rollback" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "rollout_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "wave" (
    "rollout_id" UUID NOT NULL,
    "index" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "size" INTEGER NOT NULL,
    "counts" JSONB NOT NULL DEFAULT '{}',
    "started_at" TIMESTAMPTZ(3),
    "soak_started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "deadline_at" TIMESTAMPTZ(3),
    "forced" BOOLEAN NOT NULL DEFAULT false,
    "touched" BOOLEAN NOT NULL DEFAULT true,
    "reason" TEXT,

    CONSTRAINT "wave_pkey" PRIMARY KEY ("rollout_id","index")
);

-- CreateTable
CREATE TABLE "deployment" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "rollout_id" UUID NOT NULL,
    "device_id" UUID NOT NULL,
    "wave_index" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "from_release_id" UUID,
    "from_stage_id" UUID,
    "code" TEXT,
    "message" TEXT,
    "failure_detail" TEXT,
    "method" TEXT,
    "cut_over_ms" INTEGER,
    "offered_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "deployment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rollout_decision" (
    "id" UUID NOT NULL,
    "rollout_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "wave_index" INTEGER,
    "actor" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "sentence" TEXT NOT NULL,
    "numbers" JSONB NOT NULL,
    "policy_version" INTEGER NOT NULL,

    CONSTRAINT "rollout_decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_entry" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "entry" BYTEA NOT NULL,
    "leaf" BYTEA NOT NULL,
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target_kind" TEXT NOT NULL,
    "target_id" TEXT NOT NULL,
    "reason" TEXT,
    "search" JSONB NOT NULL,

    CONSTRAINT "ledger_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "change_event" (
    "position" BIGSERIAL NOT NULL,
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "organization_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "resource_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "change_event_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "organization_id" UUID NOT NULL,
    "actor" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_digest" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "body" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("organization_id","actor","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "organization_name_key" ON "organization"("name");

-- CreateIndex
CREATE UNIQUE INDEX "person_email_key" ON "person"("email");

-- CreateIndex
CREATE INDEX "membership_person_id_idx" ON "membership"("person_id");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_hash_key" ON "session"("token_hash");

-- CreateIndex
CREATE INDEX "session_person_id_idx" ON "session"("person_id");

-- CreateIndex
CREATE UNIQUE INDEX "sign_in_link_token_hash_key" ON "sign_in_link"("token_hash");

-- CreateIndex
CREATE INDEX "api_token_organization_id_id_idx" ON "api_token"("organization_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "signing_key_organization_id_role_key_id_key" ON "signing_key"("organization_id", "role", "key_id");

-- CreateIndex
CREATE INDEX "application_organization_id_id_idx" ON "application"("organization_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "application_organization_id_name_key" ON "application"("organization_id", "name");

-- CreateIndex
CREATE INDEX "snapshot_organization_id_application_id_id_idx" ON "snapshot"("organization_id", "application_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "snapshot_application_id_number_key" ON "snapshot"("application_id", "number");

-- CreateIndex
CREATE INDEX "release_organization_id_application_id_id_idx" ON "release"("organization_id", "application_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "release_application_id_counter_key" ON "release"("application_id", "counter");

-- CreateIndex
CREATE UNIQUE INDEX "release_organization_id_digest_key" ON "release"("organization_id", "digest");

-- CreateIndex
CREATE INDEX "pipeline_organization_id_id_idx" ON "pipeline"("organization_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "pipeline_application_id_name_key" ON "pipeline"("application_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "stage_pipeline_id_name_key" ON "stage"("pipeline_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "stage_pipeline_id_position_key" ON "stage"("pipeline_id", "position");

-- CreateIndex
CREATE UNIQUE INDEX "rollout_policy_stage_id_version_key" ON "rollout_policy"("stage_id", "version");

-- CreateIndex
CREATE INDEX "stage_group_group_id_idx" ON "stage_group"("group_id");

-- CreateIndex
CREATE INDEX "device_group_organization_id_id_idx" ON "device_group"("organization_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "device_group_organization_id_name_key" ON "device_group"("organization_id", "name");

-- CreateIndex
CREATE INDEX "device_group_member_device_id_idx" ON "device_group_member"("device_id");

-- CreateIndex
CREATE UNIQUE INDEX "enrollment_code_code_hash_key" ON "enrollment_code"("code_hash");

-- CreateIndex
CREATE INDEX "enrollment_code_organization_id_id_idx" ON "enrollment_code"("organization_id", "id");

-- CreateIndex
CREATE INDEX "device_organization_id_id_idx" ON "device"("organization_id", "id");

-- CreateIndex
CREATE INDEX "device_organization_id_hardware_id_idx" ON "device"("organization_id", "hardware_id");

-- CreateIndex
CREATE UNIQUE INDEX "device_organization_id_name_key" ON "device"("organization_id", "name");

-- CreateIndex
CREATE INDEX "device_desired_changed_xid_idx" ON "device_desired"("changed_xid");

-- CreateIndex
CREATE INDEX "device_desired_organization_id_release_id_idx" ON "device_desired"("organization_id", "release_id");

-- CreateIndex
CREATE INDEX "device_assignment_device_id_configuration_digest_idx" ON "device_assignment"("device_id", "configuration_digest");

-- CreateIndex
CREATE INDEX "device_observed_organization_id_health_idx" ON "device_observed"("organization_id", "health");

-- CreateIndex
CREATE INDEX "device_observed_organization_id_running_digest_idx" ON "device_observed"("organization_id", "running_digest");

-- CreateIndex
CREATE INDEX "device_event_device_id_id_idx" ON "device_event"("device_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "variable_organization_id_scope_scope_id_name_key" ON "variable"("organization_id", "scope", "scope_id", "name");

-- CreateIndex
CREATE INDEX "rollout_organization_id_id_idx" ON "rollout"("organization_id", "id");

-- CreateIndex
CREATE INDEX "rollout_organization_id_state_id_idx" ON "rollout"("organization_id", "state", "id");

-- CreateIndex
CREATE INDEX "rollout_application_id_id_idx" ON "rollout"("application_id", "id");

-- CreateIndex
CREATE INDEX "rollout_stage_id_id_idx" ON "rollout"("stage_id", "id");

-- CreateIndex
CREATE INDEX "deployment_rollout_id_wave_index_state_idx" ON "deployment"("rollout_id", "wave_index", "state");

-- CreateIndex
CREATE INDEX "deployment_rollout_id_id_idx" ON "deployment"("rollout_id", "id");

-- CreateIndex
CREATE INDEX "deployment_device_id_id_idx" ON "deployment"("device_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "deployment_rollout_id_device_id_key" ON "deployment"("rollout_id", "device_id");

-- CreateIndex
CREATE INDEX "rollout_decision_rollout_id_id_idx" ON "rollout_decision"("rollout_id", "id");

-- CreateIndex
CREATE INDEX "ledger_entry_organization_id_id_idx" ON "ledger_entry"("organization_id", "id");

-- CreateIndex
CREATE INDEX "ledger_entry_organization_id_target_kind_target_id_id_idx" ON "ledger_entry"("organization_id", "target_kind", "target_id", "id");

-- CreateIndex
CREATE INDEX "ledger_entry_organization_id_action_id_idx" ON "ledger_entry"("organization_id", "action", "id");

-- CreateIndex
CREATE INDEX "change_event_xid_idx" ON "change_event"("xid");

-- CreateIndex
CREATE INDEX "change_event_at_idx" ON "change_event"("at");

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sign_in_link" ADD CONSTRAINT "sign_in_link_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "signing_key" ADD CONSTRAINT "signing_key_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "application" ADD CONSTRAINT "application_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "release" ADD CONSTRAINT "release_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "release" ADD CONSTRAINT "release_snapshot_id_fkey" FOREIGN KEY ("snapshot_id") REFERENCES "snapshot"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "release" ADD CONSTRAINT "release_republished_from_fkey" FOREIGN KEY ("republished_from") REFERENCES "release"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pipeline" ADD CONSTRAINT "pipeline_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stage" ADD CONSTRAINT "stage_pipeline_id_fkey" FOREIGN KEY ("pipeline_id") REFERENCES "pipeline"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stage" ADD CONSTRAINT "stage_policy_id_fkey" FOREIGN KEY ("policy_id") REFERENCES "rollout_policy"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stage_group" ADD CONSTRAINT "stage_group_stage_id_fkey" FOREIGN KEY ("stage_id") REFERENCES "stage"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stage_group" ADD CONSTRAINT "stage_group_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "device_group"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_group" ADD CONSTRAINT "device_group_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_group_member" ADD CONSTRAINT "device_group_member_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "device_group"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_group_member" ADD CONSTRAINT "device_group_member_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "enrollment_code" ADD CONSTRAINT "enrollment_code_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device" ADD CONSTRAINT "device_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_presence" ADD CONSTRAINT "device_presence_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_desired" ADD CONSTRAINT "device_desired_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_desired" ADD CONSTRAINT "device_desired_release_id_fkey" FOREIGN KEY ("release_id") REFERENCES "release"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_observed" ADD CONSTRAINT "device_observed_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_report" ADD CONSTRAINT "device_report_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "variable" ADD CONSTRAINT "variable_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_release_id_fkey" FOREIGN KEY ("release_id") REFERENCES "release"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_stage_id_fkey" FOREIGN KEY ("stage_id") REFERENCES "stage"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_policy_id_fkey" FOREIGN KEY ("policy_id") REFERENCES "rollout_policy"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "wave" ADD CONSTRAINT "wave_rollout_id_fkey" FOREIGN KEY ("rollout_id") REFERENCES "rollout"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_rollout_id_fkey" FOREIGN KEY ("rollout_id") REFERENCES "rollout"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollout_decision" ADD CONSTRAINT "rollout_decision_rollout_id_fkey" FOREIGN KEY ("rollout_id") REFERENCES "rollout"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

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
