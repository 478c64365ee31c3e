-- What somebody shows instead of a password. Only its hash is kept: a stolen copy of the database opens no door.
CREATE TABLE "token" (
    "id" {identity},
    "user" BIGINT NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE,
    "hash" {text} NOT NULL,
    "created" {text} NOT NULL
);
CREATE UNIQUE INDEX "token_hash" ON "token" ("hash");
CREATE INDEX "token_user" ON "token" ("user");

-- The groups of batches that were done, and what was answered: a group that comes again is answered, not done.
CREATE TABLE "batch" (
    "id" {identity},
    "user" BIGINT NOT NULL,
    "key" {text} NOT NULL,
    "print" {text} NOT NULL,
    "rows" {text} NOT NULL,
    "at" {text} NOT NULL
);
CREATE UNIQUE INDEX "batch_key" ON "batch" ("user", "key");
CREATE INDEX "batch_at" ON "batch" ("at");

-- Who serves a game. The fence grows with every lease, of whatever game, and is never used again.
CREATE TABLE "lease" (
    "fence" {identity},
    "game" BIGINT NOT NULL REFERENCES "game" ("id") ON DELETE CASCADE,
    "holder" {text} NOT NULL,
    "expires" {text} NOT NULL
);
CREATE UNIQUE INDEX "lease_game" ON "lease" ("game");
