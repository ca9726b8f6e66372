-- AlterTable
ALTER TABLE "device_presence" ADD COLUMN     "silence_ended_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "rollout" ADD COLUMN     "replaced_at" TIMESTAMPTZ(3),
ADD COLUMN     "replaced_by_id" UUID,
ADD COLUMN     "soak_broken_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "promotion" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "application_id" UUID NOT NULL,
    "release_id" UUID NOT NULL,
    "stage_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "policy_id" UUID,
    "start_at" TIMESTAMPTZ(3),
    "priority" INTEGER NOT NULL DEFAULT 0,
    "hotfix_reason" TEXT,
    "plan_seed" UUID,
    "supersede" BOOLEAN NOT NULL DEFAULT false,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "rollout_id" UUID,
    "reason" TEXT,
    "last_change" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "creator_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "next_look_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "promotion_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "promotion_approval" (
    "promotion_id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "person_name" TEXT NOT NULL,
    "comment" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "promotion_approval_pkey" PRIMARY KEY ("promotion_id","person_id","revision")
);

-- CreateTable
CREATE TABLE "release_finding" (
    "release_id" UUID NOT NULL,
    "rule" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "severity" TEXT NOT NULL,

    CONSTRAINT "release_finding_pkey" PRIMARY KEY ("release_id","rule","subject")
);

-- CreateIndex
CREATE INDEX "promotion_organization_id_id_idx" ON "promotion"("organization_id", "id");

-- CreateIndex
CREATE INDEX "promotion_stage_id_id_idx" ON "promotion"("stage_id", "id");

-- CreateIndex
CREATE INDEX "promotion_release_id_idx" ON "promotion"("release_id");

-- CreateIndex
CREATE INDEX "promotion_rollout_id_idx" ON "promotion"("rollout_id");

-- CreateIndex
CREATE INDEX "promotion_organization_id_next_look_at_idx" ON "promotion"("organization_id", "next_look_at");

-- AddForeignKey
ALTER TABLE "promotion" ADD CONSTRAINT "promotion_release_id_fkey" FOREIGN KEY ("release_id") REFERENCES "release"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "promotion" ADD CONSTRAINT "promotion_stage_id_fkey" FOREIGN KEY ("stage_id") REFERENCES "stage"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "promotion" ADD CONSTRAINT "promotion_policy_id_fkey" FOREIGN KEY ("policy_id") REFERENCES "rollout_policy"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "promotion" ADD CONSTRAINT "promotion_rollout_id_fkey" FOREIGN KEY ("rollout_id") REFERENCES "rollout"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "promotion_approval" ADD CONSTRAINT "promotion_approval_promotion_id_fkey" FOREIGN KEY ("promotion_id") REFERENCES "promotion"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "release_finding" ADD CONSTRAINT "release_finding_release_id_fkey" FOREIGN KEY ("release_id") REFERENCES "release"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One promotion waits per stage; what runs there is looked up by what was rolled out there.
CREATE UNIQUE INDEX "promotion_stage_id_waiting_key" ON "promotion"("stage_id") WHERE "state" = 'waiting';
CREATE INDEX "rollout_stage_id_release_id_id_idx" ON "rollout"("stage_id", "release_id", "id");

ALTER TABLE "promotion" ADD CONSTRAINT "promotion_form" CHECK (
  "state" IN ('waiting', 'started', 'canceled', 'rejected', 'superseded', 'failed') AND "origin" IN ('person', 'automatic')
  AND ("state" = 'waiting') = ("finished_at" IS NULL) AND ("state" = 'waiting' OR "next_look_at" IS NULL)
  AND "revision" >= 1 AND "version" >= 1);
ALTER TABLE "release_finding" ADD CONSTRAINT "release_finding_severity_check" CHECK ("severity" IN ('block', 'warn'));

-- What was published before: the findings stand in the reports.
INSERT INTO "release_finding" ("release_id", "rule", "subject", "severity")
SELECT r."id", f.it ->> 'rule', f.it ->> 'subject', min(f.it ->> 'severity')
  FROM "release" r JOIN "blob" b ON b."organization_id" = r."organization_id" AND b."sha256" = r."policy_report_sha256"
 CROSS JOIN LATERAL jsonb_array_elements(convert_from(b."content", 'UTF8')::jsonb -> 'findings') AS f (it)
 -- What jsonb cannot hold, texts of flows may: such a report stays a blob.
 WHERE convert_from(b."content", 'UTF8') !~* '\\u(0000|d[89a-f])'
 GROUP BY 1, 2, 3;

ALTER TABLE "change_event" DROP CONSTRAINT "change_event_kind_check";
ALTER TABLE "change_event" ADD CONSTRAINT "change_event_kind_check" CHECK ("kind" IN (
  'application', 'snapshot', 'release', 'pipeline', 'device', 'group', 'enrollment_code', 'rollout', 'deployment', 'variable', 'api_token', 'policy_settings', 'waiver', 'git_remote', 'freeze', 'disruption_budget', 'hold', 'webhook', 'promotion'));
