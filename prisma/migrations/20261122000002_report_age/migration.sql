-- Retention finds old health reports by their age. Rows arrive in the order of time, so a block range index is enough and costs ingestion nothing.
CREATE INDEX "device_report_received" ON "device_report" USING brin ("received_at");
