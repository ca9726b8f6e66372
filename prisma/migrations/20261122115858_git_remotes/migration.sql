-- CreateTable
CREATE TABLE "git_remote" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "application_id" UUID NOT NULL,
    "direction" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "branch" TEXT NOT NULL,
    "path" TEXT NOT NULL DEFAULT '',
    "username" TEXT,
    "sealed_password" BYTEA,
    "sealed_webhook_secret" BYTEA,
    "sealed_credential_secret" BYTEA,
    "ignore_credentials" BOOLEAN NOT NULL DEFAULT false,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "poll_interval_seconds" INTEGER,
    "requested_at" TIMESTAMPTZ(3),
    "force_requested" BOOLEAN NOT NULL DEFAULT false,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "last_attempt_at" TIMESTAMPTZ(3),
    "last_success_at" TIMESTAMPTZ(3),
    "last_commit" TEXT,
    "last_snapshot_id" UUID,
    "last_digest" TEXT,
    "error_code" TEXT,
    "error_message" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "git_remote_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "git_remote_organization_id_application_id_id_idx" ON "git_remote"("organization_id", "application_id", "id");

-- CreateIndex
CREATE INDEX "git_remote_application_id_idx" ON "git_remote"("application_id");

ALTER TABLE "git_remote" ADD CONSTRAINT "git_remote_application_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id");
ALTER TABLE "git_remote" ADD CONSTRAINT "git_remote_direction_check" CHECK ("direction" IN ('mirror', 'import'));
ALTER TABLE "git_remote" ADD CONSTRAINT "git_remote_form" CHECK (
  "url" ~ '^https?://[^/@]+(/|$)' AND "branch" <> '' AND "version" >= 1 AND "attempts" >= 0
  AND ("poll_interval_seconds" IS NULL OR "poll_interval_seconds" >= 30)
  AND ("last_commit" IS NULL OR "last_commit" ~ '^[0-9a-f]{40}$'));
-- What only one direction has.
ALTER TABLE "git_remote" ADD CONSTRAINT "git_remote_of_direction" CHECK (
  ("direction" = 'import' OR ("path" = '' AND "poll_interval_seconds" IS NULL AND "sealed_webhook_secret" IS NULL
    AND "sealed_credential_secret" IS NULL AND NOT "ignore_credentials" AND "last_snapshot_id" IS NULL))
  AND ("direction" = 'mirror' OR NOT "force_requested"));
ALTER TABLE "git_remote" ADD CONSTRAINT "git_remote_error_whole" CHECK (
  ("error_code" IS NULL) = ("error_message" IS NULL) AND ("error_code" IS NULL) = ("attempts" = 0));

ALTER TABLE "change_event" DROP CONSTRAINT "change_event_kind_check";
ALTER TABLE "change_event" ADD CONSTRAINT "change_event_kind_check" CHECK ("kind" IN (
  'application', 'snapshot', 'release', 'pipeline', 'device', 'group', 'enrollment_code', 'rollout', 'deployment', 'variable', 'api_token', 'policy_settings', 'waiver', 'git_remote'));
