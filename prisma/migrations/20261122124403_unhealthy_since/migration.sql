-- CreateIndex
CREATE INDEX "device_observed_organization_id_last_unhealthy_at_idx" ON "device_observed"("organization_id", "last_unhealthy_at");
