-- Who may create runs. "generation" grows when every ticket of a user is to end.
ALTER TABLE "user" ADD COLUMN "is_lecturer" BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE "user" ADD COLUMN "generation" BIGINT NOT NULL DEFAULT 0;
