-- CreateTable
CREATE TABLE "device_group_selector" (
    "group_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "text" TEXT NOT NULL,
    "required" JSONB,
    "present" TEXT[],
    "absent" TEXT[],
    "excluded" JSONB[],
    "allowed" JSONB[],
    "conditions" JSONB,

    CONSTRAINT "device_group_selector_pkey" PRIMARY KEY ("group_id")
);

-- CreateIndex
CREATE INDEX "device_group_selector_organization_id_idx" ON "device_group_selector"("organization_id");

-- CreateIndex
CREATE INDEX "device_labels_idx" ON "device" USING GIN ("labels" jsonb_path_ops);

-- AddForeignKey
ALTER TABLE "device_group_selector" ADD CONSTRAINT "device_group_selector_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "device_group"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A selector belongs to the organization of its group.
ALTER TABLE "device_group" ADD CONSTRAINT "device_group_id_organization_id_key" UNIQUE ("id", "organization_id");
ALTER TABLE "device_group_selector" ADD CONSTRAINT "device_group_selector_organization_fkey"
  FOREIGN KEY ("group_id", "organization_id") REFERENCES "device_group" ("id", "organization_id") ON DELETE CASCADE;
-- A list that is null would make conditions neither true nor false.
ALTER TABLE "device_group_selector"
  ALTER COLUMN "present" SET NOT NULL, ALTER COLUMN "absent" SET NOT NULL, ALTER COLUMN "excluded" SET NOT NULL, ALTER COLUMN "allowed" SET NOT NULL;
