-- {identity} is the dialect's primary key that is never reused, {text} its text that sorts by code point; everything else is
-- common to SQLite and PostgreSQL.
-- A column has the name of its JSON member. "run" below world and runuser is the run that the row belongs to, kept with the
-- row so that a list by run, and run_active, need no walk up the tree.

CREATE TABLE "meta" (
    "key" {text} PRIMARY KEY,
    "value" {text} NOT NULL
);

CREATE TABLE "user" (
    "id" {identity},
    "email" {text} NOT NULL,
    "password" {text},
    "first_name" {text} NOT NULL,
    "last_name" {text} NOT NULL,
    "external_id" {text},
    "subscriber_code" {text} NOT NULL,
    "is_active" BOOLEAN NOT NULL,
    "is_staff" BOOLEAN NOT NULL,
    "is_superuser" BOOLEAN NOT NULL,
    "data" {text},
    "created" {text} NOT NULL,
    "updated" {text} NOT NULL
);
CREATE UNIQUE INDEX "user_email" ON "user" (lower("email"));

CREATE TABLE "game" (
    "id" {identity},
    "name" {text} NOT NULL,
    "slug" {text} NOT NULL,
    "active" BOOLEAN NOT NULL,
    "data" {text} NOT NULL,
    "created" {text} NOT NULL,
    "updated" {text} NOT NULL
);
CREATE UNIQUE INDEX "game_name" ON "game" ("name");
CREATE UNIQUE INDEX "game_slug" ON "game" ("slug");

CREATE TABLE "phase" (
    "id" {identity},
    "game" BIGINT NOT NULL REFERENCES "game" ("id"),
    "name" {text} NOT NULL,
    "slug" {text} NOT NULL,
    "order" BIGINT,
    "created" {text} NOT NULL,
    "updated" {text} NOT NULL
);
CREATE UNIQUE INDEX "phase_name" ON "phase" ("game", "name");

CREATE TABLE "role" (
    "id" {identity},
    "game" BIGINT NOT NULL REFERENCES "game" ("id"),
    "name" {text} NOT NULL,
    "slug" {text} NOT NULL,
    "data" {text} NOT NULL,
    "created" {text} NOT NULL,
    "updated" {text} NOT NULL
);
CREATE UNIQUE INDEX "role_name" ON "role" ("game", "name");

CREATE TABLE "run" (
    "id" {identity},
    "game" BIGINT NOT NULL REFERENCES "game" ("id"),
    "phase" BIGINT REFERENCES "phase" ("id"),
    "name" {text} NOT NULL,
    "active" BOOLEAN NOT NULL,
    "data" {text} NOT NULL,
    "created" {text} NOT NULL,
    "updated" {text} NOT NULL
);
CREATE INDEX "run_game" ON "run" ("game");
CREATE INDEX "run_phase" ON "run" ("phase");

CREATE TABLE "world" (
    "id" {identity},
    "run" BIGINT NOT NULL REFERENCES "run" ("id"),
    "name" {text} NOT NULL,
    "data" {text} NOT NULL,
    "external_ids" {text},
    "created" {text} NOT NULL,
    "updated" {text} NOT NULL
);
CREATE UNIQUE INDEX "world_name" ON "world" ("run", "name");

CREATE TABLE "runuser" (
    "id" {identity},
    "user" BIGINT NOT NULL REFERENCES "user" ("id"),
    "run" BIGINT NOT NULL REFERENCES "run" ("id"),
    "world" BIGINT REFERENCES "world" ("id"),
    "role" BIGINT REFERENCES "role" ("id"),
    "leader" BOOLEAN NOT NULL,
    "active" BOOLEAN NOT NULL,
    "data" {text} NOT NULL,
    "created" {text} NOT NULL,
    "updated" {text} NOT NULL
);
CREATE UNIQUE INDEX "runuser_user" ON "runuser" ("user", "run");
CREATE INDEX "runuser_run" ON "runuser" ("run");
CREATE INDEX "runuser_world" ON "runuser" ("world");
CREATE INDEX "runuser_role" ON "runuser" ("role");

CREATE TABLE "scenario" (
    "id" {identity},
    "run" BIGINT NOT NULL REFERENCES "run" ("id"),
    "runuser" BIGINT REFERENCES "runuser" ("id"),
    "world" BIGINT REFERENCES "world" ("id"),
    "name" {text} NOT NULL,
    "data" {text} NOT NULL,
    "created" {text} NOT NULL,
    "updated" {text} NOT NULL,
    CHECK ("runuser" IS NOT NULL OR "world" IS NOT NULL)
);
CREATE INDEX "scenario_run" ON "scenario" ("run");
CREATE INDEX "scenario_runuser" ON "scenario" ("runuser");
CREATE INDEX "scenario_world" ON "scenario" ("world");

CREATE TABLE "period" (
    "id" {identity},
    "run" BIGINT NOT NULL REFERENCES "run" ("id"),
    "scenario" BIGINT NOT NULL REFERENCES "scenario" ("id"),
    "order" BIGINT NOT NULL,
    "data" {text} NOT NULL,
    "created" {text} NOT NULL,
    "updated" {text} NOT NULL
);
CREATE UNIQUE INDEX "period_order" ON "period" ("scenario", "order");
CREATE INDEX "period_run" ON "period" ("run");

CREATE TABLE "decision" (
    "id" {identity},
    "run" BIGINT NOT NULL REFERENCES "run" ("id"),
    "period" BIGINT NOT NULL REFERENCES "period" ("id"),
    "role" BIGINT REFERENCES "role" ("id"),
    "name" {text} NOT NULL,
    "data" {text} NOT NULL,
    "created" {text} NOT NULL,
    "updated" {text} NOT NULL
);
-- Null is a seat too: one row without a role for each name and period.
CREATE UNIQUE INDEX "decision_seat" ON "decision" ("period", "name", (COALESCE("role", 0)));
CREATE INDEX "decision_run" ON "decision" ("run");
CREATE INDEX "decision_role" ON "decision" ("role");

CREATE TABLE "result" (
    "id" {identity},
    "run" BIGINT NOT NULL REFERENCES "run" ("id"),
    "period" BIGINT NOT NULL REFERENCES "period" ("id"),
    "role" BIGINT REFERENCES "role" ("id"),
    "name" {text} NOT NULL,
    "data" {text} NOT NULL,
    "created" {text} NOT NULL,
    "updated" {text} NOT NULL
);
CREATE UNIQUE INDEX "result_seat" ON "result" ("period", "name", (COALESCE("role", 0)));
CREATE INDEX "result_run" ON "result" ("run");
CREATE INDEX "result_role" ON "result" ("role");

-- "cursor" is the last change that was delivered to the hook.
CREATE TABLE "hook" (
    "id" {identity},
    "user" BIGINT NOT NULL REFERENCES "user" ("id"),
    "event" {text} NOT NULL,
    "url" {text} NOT NULL,
    "connected" BOOLEAN NOT NULL,
    "erroring" BOOLEAN NOT NULL,
    "last_error" {text},
    "last_error_status" BIGINT,
    "last_error_content" {text},
    "cursor" BIGINT NOT NULL,
    "created" {text} NOT NULL,
    "modified" {text} NOT NULL
);
CREATE UNIQUE INDEX "hook_target" ON "hook" ("user", "event", "url");

-- "game" is the slug above the row, null for users.
CREATE TABLE "outbox" (
    "cursor" {identity},
    "at" {text} NOT NULL,
    "game" {text},
    "resource" {text} NOT NULL,
    "action" {text} NOT NULL,
    "data" {text} NOT NULL
);
