-- What those who lead a run have done with it: lines are only added. A world, or a user, that is gone leaves its number.
CREATE TABLE "audit" (
    "id" {identity},
    "run" BIGINT NOT NULL REFERENCES "run" ("id") ON DELETE CASCADE,
    "world" BIGINT,
    "user" BIGINT,
    "what" {text} NOT NULL,
    "detail" {text} NOT NULL,
    "key" {text},
    "created" {text} NOT NULL
);
CREATE INDEX "audit_run" ON "audit" ("run", "id");
CREATE UNIQUE INDEX "audit_key" ON "audit" ("run", "key");

-- The rows that rewinds have taken out of play, each as REST showed it. "rewind" counts the rewinds of a scenario from 1.
CREATE TABLE "superseded" (
    "id" {identity},
    "run" BIGINT NOT NULL REFERENCES "run" ("id") ON DELETE CASCADE,
    "scenario" BIGINT NOT NULL REFERENCES "scenario" ("id") ON DELETE CASCADE,
    "rewind" BIGINT NOT NULL,
    "user" BIGINT,
    "order" BIGINT NOT NULL,
    "resource" {text} NOT NULL,
    "data" {text} NOT NULL,
    "created" {text} NOT NULL
);
CREATE INDEX "superseded_run" ON "superseded" ("run", "id");
CREATE INDEX "superseded_scenario" ON "superseded" ("scenario", "id");
