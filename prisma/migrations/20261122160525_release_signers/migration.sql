-- CreateTable
CREATE TABLE "release_signer" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "release_signer_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "release_signer_organization_id_id_idx" ON "release_signer"("organization_id", "id");

CREATE UNIQUE INDEX "release_signer_name_key" ON "release_signer"("organization_id", "name") WHERE "removed_at" IS NULL;
CREATE UNIQUE INDEX "release_signer_key_id_key" ON "release_signer"("organization_id", "key_id") WHERE "removed_at" IS NULL;
