-- AlterTable
ALTER TABLE "release" ADD COLUMN     "sbom_sha256" TEXT;

-- CreateTable
CREATE TABLE "module_tarball" (
    "organization_id" UUID NOT NULL,
    "integrity" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "length" INTEGER NOT NULL,
    "unpacked_length" INTEGER NOT NULL,
    "license" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "module_tarball_pkey" PRIMARY KEY ("organization_id","integrity")
);

-- By hand: what Prisma cannot say.
ALTER TABLE "module_tarball" ADD CONSTRAINT "module_tarball_blob_fkey"
  FOREIGN KEY ("organization_id", "sha256") REFERENCES "blob" ("organization_id", "sha256");
ALTER TABLE "module_tarball" ADD CONSTRAINT "module_tarball_numbers_positive" CHECK ("length" >= 0 AND "unpacked_length" >= 0);
ALTER TABLE "release" ADD CONSTRAINT "release_sbom_fkey"
  FOREIGN KEY ("organization_id", "sbom_sha256") REFERENCES "blob" ("organization_id", "sha256");
