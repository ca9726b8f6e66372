-- AlterTable
ALTER TABLE "api_token" ADD COLUMN     "creator_id" UUID;
