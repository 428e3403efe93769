// What of a node survives its death: its disk, or the database that it shares with others.
#pragma once

#include <functional>

#include "base/result.h"
#include "runtime/store/membership.h"
#include "runtime/store/storage.h"

namespace flow::simulation {

class Home {
 public:
  virtual ~Home() = default;

  // Opens the store for a new process. `wake` is called when its pump() may have something to do, `power_cut` when the
  // process dies in the middle of an operation of its disk. The storage belongs to the home.
  virtual Result<store::Storage*> open(std::function<void()> wake, std::function<void()> power_cut) = 0;
  // The process is gone: nothing that its objects still do has an effect.
  virtual void cut() = 0;
  // Its objects are destroyed; after cut(), before the next open().
  virtual void close() = 0;
  // How many shards to open at once; 0: the home says which and when.
  virtual std::size_t shards() const = 0;
  virtual store::Membership* membership() { return nullptr; }
  // Whether the process that opened it last is the owner of the slot at this instant.
  virtual bool owns(std::uint8_t) const { return true; }
  virtual void stand_still(bool) {}
};

}  // namespace flow::simulation
