-- Which data key something was sealed with, as its bytes say: version 2, then the id of the key. Null: with a key made from the master key.
CREATE FUNCTION "sealed_with"("sealed" BYTEA) RETURNS UUID LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
  CASE WHEN octet_length("sealed") > 17 AND get_byte("sealed", 0) = 2 THEN encode(substring("sealed" FROM 2 FOR 16), 'hex')::uuid END;

-- AlterTable
ALTER TABLE "organization" ADD COLUMN     "variables_revision" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "signing_key" ADD COLUMN     "data_key_id" UUID GENERATED ALWAYS AS ("sealed_with"("sealed_private_key")) STORED;

-- AlterTable
ALTER TABLE "snapshot" ADD COLUMN     "data_key_id" UUID GENERATED ALWAYS AS ("sealed_with"("sealed_credentials")) STORED;

-- AlterTable
ALTER TABLE "git_remote" ADD COLUMN     "credential_secret_key_id" UUID GENERATED ALWAYS AS ("sealed_with"("sealed_credential_secret")) STORED,
ADD COLUMN     "password_key_id" UUID GENERATED ALWAYS AS ("sealed_with"("sealed_password")) STORED,
ADD COLUMN     "webhook_secret_key_id" UUID GENERATED ALWAYS AS ("sealed_with"("sealed_webhook_secret")) STORED;

-- AlterTable
ALTER TABLE "device_desired" ADD COLUMN     "variables_revision" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "device_assignment" ADD COLUMN     "data_key_id" UUID GENERATED ALWAYS AS ("sealed_with"("sealed_configuration")) STORED,
ADD COLUMN     "stage_id" UUID,
ADD COLUMN     "variables_digest" TEXT,
ADD COLUMN     "variables_revision" INTEGER;

-- AlterTable
ALTER TABLE "rollout" ADD COLUMN     "variables_revision" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "deployment" ADD COLUMN     "from_variables_revision" INTEGER,
ADD COLUMN     "variables_revision" INTEGER;

-- CreateTable
CREATE TABLE "variable_version" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "variable_id" UUID NOT NULL,
    "scope" TEXT NOT NULL,
    "scope_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "secret" BOOLEAN NOT NULL,
    "sealed_value" BYTEA NOT NULL,
    "data_key_id" UUID GENERATED ALWAYS AS ("sealed_with"("sealed_value")) STORED,
    "from_revision" INTEGER NOT NULL,
    "to_revision" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "variable_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "data_key" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "retired_at" TIMESTAMPTZ(3),
    "destroyed_at" TIMESTAMPTZ(3),

    CONSTRAINT "data_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "data_key_material" (
    "data_key_id" UUID NOT NULL,
    "wrapped_key" BYTEA NOT NULL,
    "master_key_id" TEXT NOT NULL,

    CONSTRAINT "data_key_material_pkey" PRIMARY KEY ("data_key_id")
);

-- CreateIndex
CREATE INDEX "variable_version_organization_id_scope_scope_id_name_idx" ON "variable_version"("organization_id", "scope", "scope_id", "name");

-- CreateIndex
CREATE INDEX "variable_version_variable_id_idx" ON "variable_version"("variable_id");

-- CreateIndex
CREATE INDEX "variable_version_data_key_id_idx" ON "variable_version"("data_key_id");

-- CreateIndex
CREATE UNIQUE INDEX "data_key_organization_id_number_key" ON "data_key"("organization_id", "number");

-- CreateIndex
CREATE INDEX "signing_key_data_key_id_idx" ON "signing_key"("data_key_id");

-- CreateIndex
CREATE INDEX "device_assignment_data_key_id_idx" ON "device_assignment"("data_key_id");

-- AddForeignKey
ALTER TABLE "variable_version" ADD CONSTRAINT "variable_version_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "data_key" ADD CONSTRAINT "data_key_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "data_key_material" ADD CONSTRAINT "data_key_material_data_key_id_fkey" FOREIGN KEY ("data_key_id") REFERENCES "data_key"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
-- What is set now was set from the first revision on.
INSERT INTO "variable_version" ("id", "organization_id", "variable_id", "scope", "scope_id", "name", "secret", "sealed_value", "from_revision", "created_at")
SELECT "id", "organization_id", "id", "scope", "scope_id", "name", "secret", "sealed_value", 1, "updated_at" FROM "variable";
UPDATE "deployment" SET "from_variables_revision" = 1 WHERE "from_release_id" IS NOT NULL;

-- DropForeignKey
ALTER TABLE "variable" DROP CONSTRAINT "variable_organization_id_fkey";

-- DropTable
DROP TABLE "variable";


-- The variables that are set now.
CREATE VIEW "variable" AS
  SELECT "variable_id" AS "id", "id" AS "version_id", "organization_id", "scope", "scope_id", "name", "secret", "sealed_value", "data_key_id",
         "from_revision", "created_at" AS "updated_at"
    FROM "variable_version" WHERE "to_revision" IS NULL;
CREATE UNIQUE INDEX "variable_version_one_current" ON "variable_version" ("organization_id", "scope", "scope_id", "name")
  WHERE "to_revision" IS NULL;
ALTER TABLE "variable_version" ADD CONSTRAINT "variable_version_scope_check"
  CHECK ("scope" IN ('organization', 'application', 'stage', 'group', 'device'));
ALTER TABLE "variable_version" ADD CONSTRAINT "variable_version_revisions" CHECK ("from_revision" >= 1 AND "to_revision" > "from_revision");
ALTER TABLE "organization" ADD CONSTRAINT "organization_variables_revision_positive" CHECK ("variables_revision" >= 1);

-- A version is closed once and sealed anew under another key: nothing else of it changes. A current one is not deleted.
CREATE FUNCTION "guard_variable_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    RAISE EXCEPTION 'versions of variables are append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' AND OLD."to_revision" IS NULL THEN
    RAISE EXCEPTION 'versions of variables are kept while they are current: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  IF ROW(NEW."id", NEW."organization_id", NEW."variable_id", NEW."scope", NEW."scope_id", NEW."name", NEW."secret", NEW."from_revision", NEW."created_at")
     IS DISTINCT FROM
     ROW(OLD."id", OLD."organization_id", OLD."variable_id", OLD."scope", OLD."scope_id", OLD."name", OLD."secret", OLD."from_revision", OLD."created_at")
     OR (OLD."to_revision" IS NOT NULL AND NEW."to_revision" IS DISTINCT FROM OLD."to_revision")
     OR (NEW."sealed_value" IS DISTINCT FROM OLD."sealed_value" AND "sealed_with"(NEW."sealed_value") IS NOT DISTINCT FROM OLD."data_key_id") THEN
    RAISE EXCEPTION 'versions of variables are append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "variable_version_append_only" BEFORE UPDATE OR DELETE ON "variable_version"
  FOR EACH ROW EXECUTE FUNCTION "guard_variable_version"();
CREATE TRIGGER "variable_version_kept" BEFORE TRUNCATE ON "variable_version"
  FOR EACH STATEMENT EXECUTE FUNCTION "guard_variable_version"();

-- One key of an organization is the one to seal with. What a key is cannot be deleted while anything is sealed with it.
ALTER TABLE "data_key" ADD CONSTRAINT "data_key_state_check" CHECK ("state" IN ('active', 'retiring', 'destroyed'));
ALTER TABLE "data_key" ADD CONSTRAINT "data_key_number_positive" CHECK ("number" >= 1);
CREATE UNIQUE INDEX "data_key_one_active" ON "data_key" ("organization_id") WHERE "state" = 'active';
CREATE INDEX "data_key_retiring" ON "data_key" ("id") WHERE "state" = 'retiring';
ALTER TABLE "device_assignment" ADD CONSTRAINT "device_assignment_data_key_id_fkey" FOREIGN KEY ("data_key_id") REFERENCES "data_key_material" ("data_key_id");
ALTER TABLE "signing_key" ADD CONSTRAINT "signing_key_data_key_id_fkey" FOREIGN KEY ("data_key_id") REFERENCES "data_key_material" ("data_key_id");
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_data_key_id_fkey" FOREIGN KEY ("data_key_id") REFERENCES "data_key_material" ("data_key_id");
ALTER TABLE "git_remote" ADD CONSTRAINT "git_remote_password_key_id_fkey" FOREIGN KEY ("password_key_id") REFERENCES "data_key_material" ("data_key_id");
ALTER TABLE "git_remote" ADD CONSTRAINT "git_remote_webhook_secret_key_id_fkey" FOREIGN KEY ("webhook_secret_key_id") REFERENCES "data_key_material" ("data_key_id");
ALTER TABLE "git_remote" ADD CONSTRAINT "git_remote_credential_secret_key_id_fkey" FOREIGN KEY ("credential_secret_key_id") REFERENCES "data_key_material" ("data_key_id");
ALTER TABLE "variable_version" ADD CONSTRAINT "variable_version_data_key_id_fkey" FOREIGN KEY ("data_key_id") REFERENCES "data_key_material" ("data_key_id");
CREATE INDEX "git_remote_password_key_id" ON "git_remote" ("password_key_id") WHERE "password_key_id" IS NOT NULL;
CREATE INDEX "git_remote_webhook_secret_key_id" ON "git_remote" ("webhook_secret_key_id") WHERE "webhook_secret_key_id" IS NOT NULL;
CREATE INDEX "git_remote_credential_secret_key_id" ON "git_remote" ("credential_secret_key_id") WHERE "credential_secret_key_id" IS NOT NULL;
CREATE INDEX "snapshot_data_key_id" ON "snapshot" ("data_key_id") WHERE "data_key_id" IS NOT NULL;
