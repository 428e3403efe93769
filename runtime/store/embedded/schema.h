// The tables of the embedded store, format 1 (docs/formats/store.md).
#pragma once

namespace flow::store::embedded {

inline constexpr const char* kJournalSchema = R"(
  CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE batches(sequence INTEGER PRIMARY KEY, body BLOB NOT NULL);
)";

inline constexpr const char* kLookupSchema = R"(
  CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  INSERT INTO meta VALUES('indexed_through', 0), ('last_change_ms', 0);
  CREATE TABLE bundles(version TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, flows TEXT NOT NULL, body BLOB NOT NULL,
                       checksum INTEGER NOT NULL);
  CREATE TABLE published(flow TEXT PRIMARY KEY, bundle TEXT NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE executions(
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, revision INTEGER NOT NULL, flow TEXT NOT NULL,
    bundle TEXT NOT NULL, changed_at_ms INTEGER NOT NULL, ended_at_ms INTEGER NOT NULL, key TEXT,
    summary BLOB NOT NULL, image BLOB NOT NULL, checksum INTEGER NOT NULL);
  CREATE INDEX executions_by_flow ON executions(flow);
  CREATE INDEX executions_by_bundle ON executions(bundle);
  CREATE INDEX executions_running ON executions(number) WHERE ended_at_ms = 0;
  CREATE INDEX executions_ended ON executions(ended_at_ms) WHERE ended_at_ms > 0;
  CREATE TABLE timeline(number INTEGER NOT NULL, entry INTEGER NOT NULL, body BLOB NOT NULL,
                        PRIMARY KEY(number, entry)) WITHOUT ROWID;
  CREATE TABLE idempotency(key TEXT PRIMARY KEY, execution BLOB NOT NULL, fingerprint BLOB NOT NULL,
                           bundle TEXT NOT NULL, started_at_ms INTEGER NOT NULL) WITHOUT ROWID;
)";

}  // namespace flow::store::embedded
