-- The archives of runs that were made here, or put back here, and the primary key that each one's run has, or had, in this database.
-- From it follows whether the numbers in a file were ever given to these rows here, and whether the run is there already.
CREATE TABLE "archive" (
    "id" {text} PRIMARY KEY,
    "run" BIGINT NOT NULL,
    "made_here" BOOLEAN NOT NULL,
    "at" {text} NOT NULL
);
CREATE INDEX "archive_run" ON "archive" ("run");
