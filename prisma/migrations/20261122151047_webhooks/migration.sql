-- CreateTable
CREATE TABLE "webhook" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "events" TEXT[],
    "application_id" UUID,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "disabled_code" TEXT,
    "disabled_reason" TEXT,
    "sealed_secret" BYTEA NOT NULL,
    "secret_created_at" TIMESTAMPTZ(3) NOT NULL,
    "sealed_previous_secret" BYTEA,
    "previous_secret_until" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "paused_until" TIMESTAMPTZ(3),
    "claimed_by" UUID,
    "claimed_until" TIMESTAMPTZ(3),
    "last_attempt_at" TIMESTAMPTZ(3),
    "last_success_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_event" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "webhook_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_delivery" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "position" BIGSERIAL NOT NULL,
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_attempt" (
    "delivery_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "status" INTEGER,
    "answer" TEXT,
    "error_code" TEXT,
    "error_message" TEXT,

    CONSTRAINT "webhook_attempt_pkey" PRIMARY KEY ("delivery_id","number")
);

-- CreateTable
CREATE TABLE "device_watch" (
    "organization_id" UUID NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_watch_pkey" PRIMARY KEY ("organization_id")
);

-- CreateTable
CREATE TABLE "device_trouble" (
    "device_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "organization_id" UUID NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "noticed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_trouble_pkey" PRIMARY KEY ("device_id","kind")
);

-- CreateTable
CREATE TABLE "device_listening" (
    "id" INTEGER NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "heard_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_listening_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "webhook_organization_id_id_idx" ON "webhook"("organization_id", "id");

-- CreateIndex
CREATE INDEX "webhook_event_created_at_idx" ON "webhook_event"("created_at");

-- CreateIndex
CREATE INDEX "webhook_delivery_webhook_id_id_idx" ON "webhook_delivery"("webhook_id", "id");

-- CreateIndex
CREATE INDEX "webhook_delivery_event_id_idx" ON "webhook_delivery"("event_id");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_delivery_webhook_id_event_id_key" ON "webhook_delivery"("webhook_id", "event_id");

-- CreateIndex
CREATE INDEX "device_trouble_organization_id_idx" ON "device_trouble"("organization_id");

-- AddForeignKey
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "webhook_event"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_attempt" ADD CONSTRAINT "webhook_attempt_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "webhook_delivery"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What is due for a webhook, in the order of transactions.
CREATE INDEX "webhook_delivery_pending_idx" ON "webhook_delivery" ("webhook_id", "xid", "position") WHERE "state" = 'pending';
CREATE INDEX "webhook_delivery_failed_idx" ON "webhook_delivery" ("webhook_id", "created_at") WHERE "state" = 'failed';
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_organization_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization" ("id");
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_application_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id");
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_form" CHECK (
  "url" ~ '^https?://[^/@?#]+' AND "version" >= 1 AND "failures" >= 0 AND cardinality("events") > 0
  AND ("failures" = 0) = ("failing_since" IS NULL)
  AND ("sealed_previous_secret" IS NULL) = ("previous_secret_until" IS NULL)
  AND ("claimed_by" IS NULL) = ("claimed_until" IS NULL));
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_disabled" CHECK (
  ("disabled_code" IS NULL) = ("disabled_reason" IS NULL) AND (NOT "enabled" OR "disabled_code" IS NULL)
  AND "disabled_code" IN ('gone', 'failing'));
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_state_check" CHECK ("state" IN ('pending', 'delivered', 'failed'));
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_form" CHECK (
  "attempts" >= 0 AND ("state" = 'pending') = ("next_attempt_at" IS NOT NULL) AND ("state" = 'pending') = ("finished_at" IS NULL));
ALTER TABLE "webhook_attempt" ADD CONSTRAINT "webhook_attempt_form" CHECK (
  "number" >= 1 AND "duration_ms" >= 0 AND ("error_code" IS NULL) = ("error_message" IS NULL));
ALTER TABLE "device_watch" ADD CONSTRAINT "device_watch_organization_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization" ("id");
ALTER TABLE "device_trouble" ADD CONSTRAINT "device_trouble_kind_check" CHECK ("kind" IN ('offline', 'unhealthy'));
ALTER TABLE "device_trouble" ADD CONSTRAINT "device_trouble_device_fkey" FOREIGN KEY ("device_id") REFERENCES "device" ("id") ON DELETE CASCADE;
ALTER TABLE "device_listening" ADD CONSTRAINT "device_listening_one" CHECK ("id" = 1);

ALTER TABLE "change_event" DROP CONSTRAINT "change_event_kind_check";
ALTER TABLE "change_event" ADD CONSTRAINT "change_event_kind_check" CHECK ("kind" IN (
  'application', 'snapshot', 'release', 'pipeline', 'device', 'group', 'enrollment_code', 'rollout', 'deployment', 'variable', 'api_token', 'policy_settings', 'waiver', 'git_remote', 'freeze', 'disruption_budget', 'hold', 'webhook'));
