// For tests: SQLite's file system with a switch that makes the n-th write or fsync fail.
#pragma once

namespace flow::store::embedded {

// Registers the VFS "faulty" (once) over the default one.
void register_faulty_vfs();
// The n-th write, truncation or fsync from now on fails, and every later one; 0: none does.
void fail_from_write(int nth);
// Writes, truncations and fsyncs since the last call of fail_from_write().
int writes_seen();

}  // namespace flow::store::embedded
