-- AlterTable
ALTER TABLE "webhook" ADD COLUMN     "previous_secret_key_id" UUID GENERATED ALWAYS AS ("sealed_with"("sealed_previous_secret")) STORED,
ADD COLUMN     "secret_key_id" UUID GENERATED ALWAYS AS ("sealed_with"("sealed_secret")) STORED;

ALTER TABLE "webhook" ADD CONSTRAINT "webhook_secret_key_id_fkey" FOREIGN KEY ("secret_key_id") REFERENCES "data_key_material" ("data_key_id");
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_previous_secret_key_id_fkey" FOREIGN KEY ("previous_secret_key_id") REFERENCES "data_key_material" ("data_key_id");
CREATE INDEX "webhook_secret_key_id" ON "webhook" ("secret_key_id") WHERE "secret_key_id" IS NOT NULL;
CREATE INDEX "webhook_previous_secret_key_id" ON "webhook" ("previous_secret_key_id") WHERE "previous_secret_key_id" IS NOT NULL;
