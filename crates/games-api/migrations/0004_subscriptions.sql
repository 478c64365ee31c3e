-- "revision" grows when the owner writes the subscription, and "generation" when it gets another secret. "failing_since" is the first of
-- the failures after the last delivery. Nothing is sent to a subscription that is disabled.
ALTER TABLE "hook" ADD COLUMN "revision" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "hook" ADD COLUMN "generation" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "hook" ADD COLUMN "failing_since" {text};
ALTER TABLE "hook" ADD COLUMN "disabled" BOOLEAN NOT NULL DEFAULT FALSE;
